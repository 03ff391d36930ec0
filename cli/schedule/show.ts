import type { FieldChange, ScheduleChange, ScheduleInfo } from '../../client';
import type { Output } from '../terminal/output';
import { type Column, formatFields, formatTable } from '../terminal/table';
import { formatDue } from '../terminal/time';
import { UNREADABLE_NOTE } from '../terminal/unreadable-note';
import { formatLocalTime } from './format-times';

const LIST_COLUMNS: Column<ScheduleInfo>[] = [
  { head: 'schedule', value: ({ id }) => id, rank: 0, minWidth: 20 },
  { head: 'next', value: formatNextTime, rank: 1, isStatus: true },
  { head: 'starts', value: describeAction, rank: 2, minWidth: 12 },
  { head: 'times', value: (info) => formatTimes(info).join(', '), rank: 3 },
  { head: 'group', value: ({ group }) => group, rank: 4 },
  { head: 'note', value: ({ note }) => note, rank: 5 },
];

export function showSchedules(all: ScheduleInfo[], output: Output): void {
  if (all.length === 0) return output.note('no schedules');
  output.print(formatTable(LIST_COLUMNS, all, output));
}

export function showSchedule(info: ScheduleInfo, output: Output): void {
  const { definition, recent, running } = info;
  const { timeZone } = definition;
  output.print(
    formatFields(
      {
        schedule: info.id,
        group: info.group,
        'created by': info.isOwn ? undefined : 'another program',
        starts: describeAction(info),
        payloads: info.actionUnreadable && UNREADABLE_NOTE,
        times: formatTimes(info).join('\n'),
        'time zone': timeZone,
        overlap: definition.overlap ?? 'skip',
        paused: info.paused ? 'yes' : undefined,
        note: info.note,
        'starts left': info.remainingActions,
        next: info.paused ? undefined : info.next.map((at) => formatLocalTime(at, timeZone)).join('\n'),
        started: info.started,
        'skipped, still running': info.skipped || undefined,
        'missed, too old': info.missed || undefined,
        running: running.join('\n'),
      },
      output,
    ),
  );
  if (recent.length === 0) return;
  const columns: Column<(typeof recent)[number]>[] = [
    { head: 'started for', value: ({ scheduledAt }) => formatLocalTime(scheduledAt, timeZone), rank: 1 },
    { head: 'workflow id', value: ({ workflowId }) => workflowId, rank: 0 },
  ];
  output.print(`\n${formatTable(columns, recent, output)}`);
}

const CHANGE_COLUMNS: Column<ScheduleChange & { next?: string }>[] = [
  { head: 'schedule', value: ({ id }) => id, rank: 0, minWidth: 16 },
  { head: 'action', value: ({ change }) => change, rank: 1, isStatus: true },
  { head: 'next', value: ({ next }) => next, rank: 3 },
  { head: 'fields', value: ({ fields = [] }) => fields.map(formatFieldChange).join(', '), rank: 2 },
];

export function showChanges(changes: (ScheduleChange & { next?: string })[], output: Output): void {
  if (changes.length === 0) return output.note('no schedules');
  output.print(formatTable(CHANGE_COLUMNS, changes, output));
}

function formatFieldChange({ field, from, to }: FieldChange): string {
  return from === undefined && to === undefined ? field : `${field}: ${from || '–'} → ${to || '–'}`;
}

function describeAction({ kind, agentId, definition }: ScheduleInfo): string {
  if (kind === 'run') return `run of ${agentId ?? '?'}`;
  return kind === 'batch' ? 'batch' : `workflow ${definition.workflow?.type ?? '?'}`;
}

function formatTimes({ definition: { cron = [], every = [], calendars = [] } }: ScheduleInfo): string[] {
  const intervals = [every].flat().map((one) => {
    const { every: length, offset } = typeof one === 'object' ? one : { every: one, offset: undefined };
    return `every ${length}${offset === undefined ? '' : ` + ${offset}`}`;
  });
  const texts = calendars.map(({ comment, ...fields }) => comment ?? JSON.stringify(fields));
  return [...[cron].flat(), ...intervals, ...texts];
}

function formatNextTime({ paused, next }: ScheduleInfo): string | undefined {
  if (paused) return 'paused';
  return next[0] === undefined ? 'never' : formatDue(next[0]);
}
