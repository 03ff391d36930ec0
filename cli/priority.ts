import type { Command } from 'commander';
import type { StartPriority } from '../client';
import { UsageError } from './exit-codes';

export interface PriorityFlags {
  priority?: string;
  fairnessKey?: string;
  fairnessWeight?: string;
}

export function withPriority(command: Command): Command {
  return command
    .option('--priority <n>', 'from 1, taken first, to 5 (default: 3)')
    .option('--fairness-key <key>', 'those of one priority take turns by this key, e.g. a department')
    .option('--fairness-weight <n>', "share of the key's turns, 0.001 to 1000 (default: 1)");
}

/** @throws UsageError */
export function priorityOf({ priority, fairnessKey, fairnessWeight }: PriorityFlags): StartPriority | undefined {
  const given = {
    ...(priority !== undefined && { priorityKey: numberOf(priority, '--priority') }),
    ...(fairnessKey !== undefined && { fairnessKey }),
    ...(fairnessWeight !== undefined && { fairnessWeight: numberOf(fairnessWeight, '--fairness-weight') }),
  };
  return Object.keys(given).length > 0 ? given : undefined;
}

function numberOf(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${flag}: '${text}' is not a number`);
  return value;
}
