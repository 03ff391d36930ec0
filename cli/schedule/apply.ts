import type { Command } from 'commander';
import { checkScheduleFile, type SchedulesClient, type ScheduleChange, type ScheduleFile } from '../../client';
import type { Output } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withSchedules } from '../connection';
import { isConfirmed } from './confirm';
import { parseYamlFile } from './parse-yaml-file';
import { showChanges } from './show';
import { formatLocalTime } from './format-times';

interface ApplyFlags extends ConnectionFlags {
  json?: boolean;
  prune?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

export function addApply(schedules: Command, output: Output): void {
  addConnectionFlags(schedules.command('apply <file>'))
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
        const file = checkScheduleFile(parseYamlFile(path));
        const { prune, dryRun, json } = flags;
        const difference = await all.diff(file, { prune });
        const hasNoChanges = difference.every(({ change }) => change === 'unchanged');
        if (!json) showChanges(await addNextTimes(all, file, difference), output);
        if (!dryRun && !hasNoChanges) {
          if (!(await isConfirmed('Make it so?', flags, output))) return output.note('nothing was changed');
          await all.apply(file, { prune });
        }
        if (json) return output.print(JSON.stringify(difference));
        output.note(formatSummary(difference, Boolean(dryRun)));
      }),
    );
}

/** With the time that would be started next, of what is made or has other times. */
async function addNextTimes(all: SchedulesClient, { schedules }: ScheduleFile, changes: ScheduleChange[]) {
  const changesWithNext: (ScheduleChange & { next?: string })[] = [];
  for (const change of changes) {
    const definition = schedules[change.id];
    if (!definition || !['create', 'change'].includes(change.change)) changesWithNext.push(change);
    else {
      const [next] = await all.preview(definition, { count: 1 });
      changesWithNext.push({
        ...change,
        next: next === undefined ? 'never' : formatLocalTime(next, definition.timeZone ?? 'UTC'),
      });
    }
  }
  return changesWithNext;
}

function formatSummary(changes: ScheduleChange[], isDryRun: boolean): string {
  const count = (kind: ScheduleChange['change']) => changes.filter(({ change }) => change === kind).length;
  const verb = isDryRun ? 'would be ' : '';
  const parts = [
    `${count('create')} ${verb}created`,
    `${count('change')} ${verb}changed`,
    `${count('delete')} ${verb}deleted`,
    `${count('unchanged')} unchanged`,
  ];
  return parts.join(', ');
}
