import type { Gate } from '../../../contract/gates/gates';
import { escapeText } from '../../../contract/text/escape-text';
import { texts } from '../texts';
import { Notice } from './states';

const FIELDS = ['type', 'title', 'description', 'questions'] as const;

interface ChangesProps {
  shown: Gate;
  newer: Gate;
  /** Whether the person's answer was refused, because it was to the request that is shown. */
  isRefused: boolean;
  onShow: () => void;
}

/** Says in which fields the gate's request differs from the one that the person sees. */
export function Changes({ shown, newer, isRefused, onShow }: ChangesProps) {
  const changed = FIELDS.filter((field) => toText(shown[field]) !== toText(newer[field]));
  return (
    <Notice kind="warning" action={{ label: texts.showNew, run: onShow }}>
      <strong>{texts.changed}</strong> {isRefused && texts.notSent}
      <dl class="changes">
        {changed.map((field) => (
          <div key={field}>
            <dt>{texts.fieldNames[field]}</dt>
            <dd>
              <span class="label">{texts.before}:</span> <del>{toText(shown[field])}</del>
            </dd>
            <dd>
              <span class="label">{texts.now}:</span> <ins>{toText(newer[field])}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </Notice>
  );
}

function toText(value: Gate[(typeof FIELDS)[number]]): string {
  if (value === undefined || value === '') return texts.none;
  if (typeof value === 'string') return escapeText(value);
  return value
    .map(({ question, options = [] }) => escapeText([question, ...options.map(({ label }) => label)].join(' / ')))
    .join('\n');
}
