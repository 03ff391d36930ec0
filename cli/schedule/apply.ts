import type { Command } from 'commander';
import { checkScheduleFile, type SchedulesClient, type ScheduleChange, type ScheduleFile } from '../../client';
import type { Output } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withSchedules } from '../connection';
import { checkWithFlagNames, withFlagNames } from '../flags/name-flags';
import { addExamples } from '../flags/examples';
import { addTaskQueueFlags } from '../flags/task-queue-flags';
import { isConfirmed } from '../terminal/prompts';
import { readYamlFile } from '../flags/read-file';
import { showChanges } from './show';
import { formatLocalTime } from './format-times';

interface ApplyFlags extends ConnectionFlags {
  json?: boolean;
  prune?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

export function addApply(schedules: Command, output: Output): void {
  const command = addTaskQueueFlags(addConnectionFlags(schedules.command('apply <file>')))
    .description('create, update and delete schedules so that they match a YAML or JSON file; shows the changes first')
    .option('--prune', "also delete schedules of the file's group that are not in the file")
    .option('--dry-run', 'only show the changes')
    .option('--yes', 'do not ask for confirmation')
    .action((path: string, flags: ApplyFlags) => {
      const content = readYamlFile(path);
      const origins = [{ field: '', file: path }];
      const file = checkWithFlagNames(origins, () => checkScheduleFile(content));
      return withFlagNames(origins, () =>
        withSchedules(flags, async (all) => {
          const { prune, dryRun, json } = flags;
          const difference = await all.diff(file, { prune });
          const hasNoChanges = difference.every(({ change }) => change === 'unchanged');
          if (!json) showChanges(await addNextTimes(all, file, difference), output);
          if (!dryRun && !hasNoChanges) {
            if (!(await isConfirmed('Apply these changes?', flags, output))) return output.note('nothing was changed');
            await all.apply(file, { prune, confirmed: difference });
          }
          if (json) return output.print(JSON.stringify(difference));
          output.note(formatSummary(difference, Boolean(dryRun)));
        }),
      );
    });
  addExamples(command, 'schedule apply schedules.yaml --dry-run', 'schedule apply schedules.yaml --prune --yes');
}

/** Adds the next start time to each schedule that is created or changed. */
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
