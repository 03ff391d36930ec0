import type { Command } from 'commander';
import type { OverlapPolicy, SchedulesClient } from '../../client';
import { type ConnectionFlags, addConnectionFlags, withSchedules } from '../connection';
import { addExamples } from '../flags/examples';
import { flagOrigins, withFlagNames } from '../flags/name-flags';
import { parseTime } from '../flags/list-flags';
import type { Output } from '../terminal/output';
import { isConfirmed } from '../terminal/prompts';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

/** Adds the commands that act on one schedule without changing its definition. */
export function addOperationCommands(schedules: Command, output: Output): void {
  const printDone = (id: string, done: string, { json }: Flags) =>
    output.print(json ? JSON.stringify({ id, [done]: true }) : `${id}: ${done}`);

  const addPauseOrResume = (
    name: 'pause' | 'resume',
    description: string,
    act: (client: SchedulesClient, id: string, options: { note?: string }) => Promise<void>,
  ) => {
    const command = addConnectionFlags(schedules.command(`${name} <id>`))
      .description(description)
      .option('--note <text>', 'the reason, shown beside the schedule')
      .action((id: string, { note, ...flags }: Flags & { note?: string }) =>
        withSchedules(flags, async (client) => {
          await act(client, id, { note });
          printDone(id, `${name}d`, flags);
        }),
      );
    addExamples(command, `schedule ${name} nightly --note month-end`);
  };
  addPauseOrResume('pause', 'start nothing until the schedule is resumed; what runs continues', (client, id, options) =>
    client.pause(id, options),
  );
  addPauseOrResume('resume', 'start again at the times of the schedule', (client, id, options) =>
    client.resume(id, options),
  );

  const trigger = addConnectionFlags(schedules.command('trigger <id>'))
    .description('start it now, also while the schedule is paused')
    .option('--overlap <policy>', "policy while the previous start still runs (default: the schedule's own)")
    .action((id: string, { overlap, ...flags }: Flags & { overlap?: OverlapPolicy }) =>
      withSchedules(flags, async (client) => {
        const origins = flagOrigins({ overlap: ['--overlap', overlap] });
        const { outcome, workflowId } = await withFlagNames(origins, () => client.trigger(id, { overlap }));
        if (flags.json) return output.print(JSON.stringify({ id, outcome, workflowId }));
        output.print(`${id}: ${outcome}${workflowId ? ` ${workflowId}` : ''}`);
      }),
    );
  addExamples(trigger, 'schedule trigger nightly');

  const backfill = addConnectionFlags(schedules.command('backfill <id>'))
    .description('start it once for each time of the schedule in a window of the past')
    .requiredOption('--from <time>', 'begin of the window, ISO 8601 with an offset')
    .requiredOption('--to <time>', 'end of the window, ISO 8601 with an offset')
    .option('--overlap <policy>', 'policy while the previous start still runs (default: buffer-all, one after another)')
    .action(
      (id: string, { from, to, overlap, ...flags }: Flags & { from: string; to: string; overlap?: OverlapPolicy }) =>
        withSchedules(flags, async (client) => {
          const origins = flagOrigins({ overlap: ['--overlap', overlap], from: ['--from', from], to: ['--to', to] });
          const window = { from: parseTime(from, '--from'), to: parseTime(to, '--to') };
          await withFlagNames(origins, () => client.backfill(id, { ...window, overlap }));
          printDone(id, 'backfilling', flags);
        }),
    );
  addExamples(backfill, 'schedule backfill nightly --from 2027-01-01T00:00:00Z --to 2027-01-03T00:00:00Z');

  const remove = addConnectionFlags(schedules.command('delete <id>'))
    .description('delete a schedule, after confirmation; what runs continues')
    .option('--yes', 'do not ask for confirmation')
    .action((id: string, flags: Flags & { yes?: boolean }) =>
      withSchedules(flags, async (client) => {
        // A schedule that does not exist is reported before the person must confirm.
        await client.show(id);
        if (!(await isConfirmed(`Delete the schedule ${id}?`, flags, output)))
          return output.note('nothing was deleted');
        await client.delete(id);
        printDone(id, 'deleted', flags);
      }),
    );
  addExamples(remove, 'schedule delete nightly --yes');
}
