import type { Gate } from '../../../contract/gates/gates';
import { escapeText } from '../../../contract/text/escape-text';
import type { AnswerState } from '../state/use-gate';
import { texts } from '../texts';
import { Age } from './age';
import { Notice } from './states';

/** What became of the person's answer, and of the gate. */
export function Outcome({ gate, person, answer }: { gate: Gate; person?: string; answer: AnswerState }) {
  const { status, outcome, by, at, comment, delivery } = gate;
  const who = by === undefined ? undefined : by === person ? texts.you : escapeText(by);
  if (status === 'open') {
    if (answer.kind !== 'delivered') return null;
    const { counted } = answer;
    return (
      <Notice kind="success">{counted ? texts.counted(counted.approvals, counted.needed) : texts.delivered}</Notice>
    );
  }
  const isLate = answer.kind === 'late';
  return (
    <Notice kind={isLate || delivery ? 'warning' : answer.kind === 'delivered' ? 'success' : 'info'}>
      {isLate && <strong>{texts.wasFirst(who)} </strong>}
      {outcome ? texts.outcome(who, outcome) : texts.closed} {at && <Age time={at} />}
      {delivery && <p>{texts.unconfirmed}</p>}
      {comment && <p class="quote">{escapeText(comment)}</p>}
    </Notice>
  );
}
