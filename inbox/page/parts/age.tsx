import { useNow } from '../state/use-now';
import { texts } from '../texts';
import { formatExactTime, formatSpan } from '../time';

/** How long ago a time was. The exact time is shown on hover. */
export function Age({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {texts.ago(formatSpan(now - Date.parse(time)))}
    </time>
  );
}

/** When something is due. What is overdue is said in words, and not by colour alone. */
export function Due({ time }: { time: string }) {
  const now = useNow();
  const leftMs = Date.parse(time) - now;
  return (
    <time dateTime={time} title={formatExactTime(time)} class={leftMs < 0 ? 'overdue' : ''}>
      {leftMs < 0 ? texts.dueSince(formatSpan(-leftMs)) : texts.dueIn(formatSpan(leftMs))}
    </time>
  );
}
