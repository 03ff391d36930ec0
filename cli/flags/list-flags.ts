import { type Command, Option } from 'commander';
import type { ListBatchesOptions, WorkflowStatus } from '../../client';
import { parseDuration } from './parse-duration';
import { integerFlag } from './flag-options';
import { UsageError } from '../exit-codes';

export interface ListFlags {
  open?: boolean;
  status?: string;
  /** Workflows that started earlier are left out. */
  since?: Date;
  limit: number;
}

const STATUSES = ['running', 'completed', 'failed', 'cancelled', 'terminated', 'timed_out'];

/** Adds the flags of commands that list workflows. @param things the workflows in plural, such as `runs` */
export function addListFlags(command: Command, things: string): Command {
  return command
    .addOption(new Option('--open', `only ${things} that have not ended`).conflicts('status'))
    .addOption(new Option('--status <status>', 'only workflows of this status').choices(STATUSES))
    .addOption(
      new Option('--since <time>', 'only starts since then: an age such as 24h, or ISO 8601 with an offset').argParser(
        (text) => parseSince(text),
      ),
    )
    .addOption(integerFlag('--limit <n>', 'maximum number of rows', 1).default(50));
}

/** Parses `24h` as the time 24 hours ago, or an ISO 8601 time. @throws UsageError */
export function parseSince(text: string, flag = '--since'): Date {
  if (/^\d{4}-/.test(text)) return parseTime(text, flag);
  if (/^\d/.test(text)) return new Date(Date.now() - parseDuration(text, flag));
  throw new UsageError(
    `${flag}: '${text}' is not a time: give an age, such as 24h or 7d, or an ISO 8601 time with its offset, such as ` +
      '2027-01-01T00:00:00Z',
  );
}

/** Parses an ISO 8601 time. An offset is required, because the machine's time zone may differ from the person's. */
export function parseTime(text: string, flag: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text))
    throw new UsageError(`${flag}: '${text}' must be an ISO 8601 time with its offset, such as 2027-01-01T00:00:00Z`);
  return time;
}

/** Converts the flags into the options of the client's lists. */
export function toListOptions({ open, status, since, limit }: ListFlags): ListBatchesOptions {
  const wanted = (open ? 'RUNNING' : status?.toUpperCase()) as WorkflowStatus | undefined;
  return { status: wanted, since, limit };
}
