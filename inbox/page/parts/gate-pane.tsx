import { useEffect, useRef } from 'preact/hooks';
import type { ListedGate } from '../../../contract/gates/gate-summary';
import { escapeText } from '../../../contract/text/escape-text';
import { useGate } from '../state/use-gate';
import { texts } from '../texts';
import { AnswerForm } from './answer-form';
import { Changes } from './changes';
import { Description } from './description';
import { Facts } from './facts';
import { Outcome } from './outcome';
import { Notice } from './states';

interface GatePaneProps {
  gateRef: string;
  /** The gate's row of the list; absent when the list does not have the gate. */
  row?: ListedGate;
  isListed: boolean;
  /** The name of the person. */
  person?: string;
  backHref: string;
  onBack: () => void;
}

/** One gate: what is asked, what is known of it, and the answer. */
export function GatePane({ gateRef, row, isListed, person, backHref, onBack }: GatePaneProps) {
  const [{ shown, newer, error, answer }, actions] = useGate(gateRef, JSON.stringify(row) ?? String(isListed));
  const heading = useRef<HTMLHeadingElement>(null);
  const isLoaded = shown !== undefined;
  // A screen reader begins to read here, and the next Tab leads into the gate.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [isLoaded]);

  const back = (
    <a
      class="back"
      href={backHref}
      onClick={(event) => {
        event.preventDefault();
        onBack();
      }}
    >
      {texts.back}
    </a>
  );
  if (!shown)
    return (
      <div class="gate-body">
        {back}
        {row?.workerMissing || row?.memoUnreadable ? (
          <Notice kind="warning">{texts.rowOnly}</Notice>
        ) : error ? (
          <Notice kind="error" action={{ label: texts.retry, run: actions.reload }}>
            {texts.gateFailed} {error.message}
          </Notice>
        ) : (
          <p class="hint" role="status">
            {texts.loading}
          </p>
        )}
      </div>
    );
  const { gate, mayAnswer } = shown;
  const isOpen = gate.status === 'open';
  return (
    <article class="gate" aria-labelledby="gate-title">
      <div class="gate-body" tabIndex={0} role="group" aria-labelledby="gate-title">
        {back}
        <h2 id="gate-title" ref={heading} tabIndex={-1}>
          {escapeText(gate.title)}
        </h2>
        <Outcome gate={gate} person={person} answer={answer} />
        {newer && (
          <Changes shown={gate} newer={newer.gate} isRefused={answer.kind === 'stale'} onShow={actions.showNewer} />
        )}
        <Facts gate={gate} row={row} />
        <Description text={gate.description} />
      </div>
      {isOpen && mayAnswer && (
        <AnswerForm key={gate.requestHash} gate={gate} answer={answer} onSubmit={actions.submit} />
      )}
      {isOpen && !mayAnswer && answer.kind !== 'delivered' && (
        <p class="decision-bar hint">{gate.type === 'unknown' ? texts.onlyInDuvo : texts.mayNotAnswer}</p>
      )}
    </article>
  );
}
