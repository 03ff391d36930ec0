import type { Gate, GateSummary } from '../../client';
import type { Column } from '../terminal/table';
import { toOneLine } from '../terminal/text';

/** Returns what `gate show` prints of the messages about a gate, a line for each channel. */
export function formatNotifications({ notifications = [] }: Pick<Gate, 'notifications'>): string {
  return notifications
    .map(({ channel, status, at, reason }) =>
      toOneLine(`${channel}: ${status === 'sent' ? `sent at ${at}` : `not delivered: ${reason ?? ''}`}`),
    )
    .join('\n');
}

/** Returns the column of the channels that do not have a gate's message; none when all messages were delivered. */
export function failedChannelColumns(gates: GateSummary[]): Column<GateSummary>[] {
  const failed = ({ notifications = [] }: GateSummary) => notifications.filter(({ status }) => status === 'failed');
  if (!gates.some((gate) => failed(gate).length > 0)) return [];
  return [
    {
      head: 'not notified',
      value: (gate) =>
        failed(gate)
          .map(({ channel }) => channel)
          .join(', '),
      rank: 2,
    },
  ];
}
