import type { FieldChange, ScheduleChange, ScheduleInfo } from '../../client';
import { keyValueTable, type Output, table } from '../terminal/output';
import { formatLocalTime } from './format-times';

export function showSchedules(all: ScheduleInfo[], output: Output): void {
  if (all.length === 0) return output.note('no schedules');
  output.print(
    table(
      ['schedule', 'group', 'starts', 'times', 'next', 'note'],
      all.map((info) => [
        info.id,
        info.group,
        describeAction(info),
        formatTimes(info),
        formatNextTime(info),
        info.note,
      ]),
    ),
  );
}

export function showSchedule(info: ScheduleInfo, output: Output): void {
  const { definition, recent, running } = info;
  const { timeZone } = definition;
  output.print(
    keyValueTable({
      schedule: info.id,
      group: info.group,
      'made by': info.isOwn ? undefined : 'somebody else',
      starts: describeAction(info),
      times: formatTimes(info),
      'time zone': timeZone,
      overlap: definition.overlap ?? 'skip',
      paused: info.paused ? 'yes' : undefined,
      note: info.note,
      'starts left': info.remainingActions,
      next: info.paused ? undefined : info.next.map((at) => formatLocalTime(at, timeZone)).join('\n'),
      started: info.started,
      'left out, still running': info.skipped || undefined,
      'missed for too long': info.missed || undefined,
      running: running.join('\n'),
    }),
  );
  if (recent.length > 0) {
    const rows = recent.map(({ scheduledAt, workflowId }) => [formatLocalTime(scheduledAt, timeZone), workflowId]);
    output.print(table(['started for', 'workflow id'], rows));
  }
}

export function showChanges(changes: (ScheduleChange & { next?: string })[], output: Output): void {
  if (changes.length === 0) return output.note('no schedules');
  output.print(
    table(
      ['schedule', '', 'what', 'next'],
      changes.map(({ id, change, fields = [], next }) => [id, change, fields.map(formatFieldChange).join('\n'), next]),
    ),
  );
}

function formatFieldChange({ field, from, to }: FieldChange): string {
  return from === undefined && to === undefined ? field : `${field}: ${from || '–'} → ${to || '–'}`;
}

function describeAction({ kind, agentId, definition }: ScheduleInfo): string {
  if (kind === 'run') return `run of ${agentId ?? '?'}`;
  return kind === 'batch' ? 'batch' : `workflow ${definition.workflow?.type ?? '?'}`;
}

function formatTimes({ definition: { cron = [], every = [], calendars = [] } }: ScheduleInfo): string {
  const intervals = [every].flat().map((one) => {
    const { every: length, offset } = typeof one === 'object' ? one : { every: one, offset: undefined };
    return `every ${length}${offset === undefined ? '' : ` + ${offset}`}`;
  });
  const texts = calendars.map(({ comment, ...fields }) => comment ?? JSON.stringify(fields));
  return [...[cron].flat(), ...intervals, ...texts].join('\n');
}

function formatNextTime({ paused, next, definition }: ScheduleInfo): string {
  if (paused) return 'paused';
  return next[0] === undefined ? 'never' : formatLocalTime(next[0], definition.timeZone);
}
