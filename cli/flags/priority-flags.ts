import type { Command } from 'commander';
import type { StartPriority } from '../../client';
import { numberFlag, integerFlag } from './flag-options';
import { type FieldOrigin, flagOrigins } from './name-flags';

export interface PriorityFlags {
  priority?: number;
  fairnessKey?: string;
  fairnessWeight?: number;
}

export function addPriorityFlags(command: Command): Command {
  return command
    .addOption(integerFlag('--priority <n>', '1 (first) to 5 (default: 3)', 1, 5))
    .option('--fairness-key <key>', 'groups of equal priority, e.g. departments, get equal shares')
    .addOption(
      numberFlag('--fairness-weight <n>', 'weight of the share of --fairness-key, 0.001 to 1000 (default: 1)', {
        min: 0.001,
        max: 1000,
      }),
    );
}

/** Returns the flags of the fields of a priority, for errors. */
export function priorityOrigins({ priority, fairnessKey, fairnessWeight }: PriorityFlags): FieldOrigin[] {
  return flagOrigins({
    'priority.priorityKey': ['--priority', priority],
    'priority.fairnessKey': ['--fairness-key', fairnessKey],
    'priority.fairnessWeight': ['--fairness-weight', fairnessWeight],
  });
}

export function parsePriorityFlags({
  priority,
  fairnessKey,
  fairnessWeight,
}: PriorityFlags): StartPriority | undefined {
  const given = {
    ...(priority !== undefined && { priorityKey: priority }),
    ...(fairnessKey !== undefined && { fairnessKey }),
    ...(fairnessWeight !== undefined && { fairnessWeight }),
  };
  return Object.keys(given).length > 0 ? given : undefined;
}
