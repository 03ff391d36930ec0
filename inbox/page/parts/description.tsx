import { useMemo } from 'preact/hooks';
import { escapeText } from '../../../contract/text/escape-text';
import { renderMarkdown } from '../markdown';
import { texts } from '../texts';

/** What the agent or the process says of its request, as Markdown. */
export function Description({ text }: { text?: string }) {
  const html = useMemo(() => (text ? renderMarkdown(escapeText(text)) : undefined), [text]);
  if (html === undefined) return <p class="hint">{texts.noDescription}</p>;
  return <div class="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}
