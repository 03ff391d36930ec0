import type { Command } from 'commander';
import { checkScheduleFile, type DuvoSchedules, type ScheduleChange, type ScheduleFile } from '../../client';
import type { Output } from '../terminal/output';
import { type ConnectionFlags, withConnection, withSchedules } from '../session';
import { isConfirmed } from './confirm';
import { parseFile } from './read-file';
import { showChanges } from './show';
import { localTime } from './times';

interface ApplyFlags extends ConnectionFlags {
  json?: boolean;
  prune?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

export function addApply(schedules: Command, output: Output): void {
  withConnection(schedules.command('apply <file>'))
    .description('make the schedules of a YAML or JSON file true: shows the difference first; safe to run again')
    .option('--prune', "delete the schedules of the file's group that the file does not have")
    .option('--dry-run', 'only show the difference')
    .option('--yes', 'do not ask')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    )
    .action((path: string, flags: ApplyFlags) =>
      withSchedules(flags, async (all) => {
        const file = checkScheduleFile(parseFile(path));
        const { prune, dryRun, json } = flags;
        const difference = await all.difference(file, { prune });
        const isNothing = difference.every(({ change }) => change === 'unchanged');
        if (!json) showChanges(await withNext(all, file, difference), output);
        if (!dryRun && !isNothing) {
          if (!(await isConfirmed('Make it so?', flags, output))) return output.note('nothing was changed');
          await all.apply(file, { prune });
        }
        if (json) return output.out(JSON.stringify(difference));
        output.note(summary(difference, Boolean(dryRun)));
      }),
    );
}

/** With the time that would be started next, of what is made or has other times. */
async function withNext(all: DuvoSchedules, { schedules }: ScheduleFile, changes: ScheduleChange[]) {
  const shown: (ScheduleChange & { next?: string })[] = [];
  for (const change of changes) {
    const definition = schedules[change.id];
    if (!definition || !['create', 'change'].includes(change.change)) shown.push(change);
    else {
      const [next] = await all.preview(definition, { count: 1 });
      shown.push({ ...change, next: next === undefined ? 'never' : localTime(next, definition.timeZone ?? 'UTC') });
    }
  }
  return shown;
}

function summary(changes: ScheduleChange[], isDry: boolean): string {
  const count = (wanted: ScheduleChange['change']) => changes.filter(({ change }) => change === wanted).length;
  const verb = isDry ? 'would be ' : '';
  const parts = [
    `${count('create')} ${verb}created`,
    `${count('change')} ${verb}changed`,
    `${count('delete')} ${verb}deleted`,
    `${count('unchanged')} unchanged`,
  ];
  return parts.join(', ');
}
