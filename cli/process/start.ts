import type { Command } from 'commander';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { UsageError } from '../exit-codes';
import { addExamples } from '../flags/examples';
import { durationFlag, startedByFlag } from '../flags/flag-options';
import { parseJsonList } from '../flags/parse-json-list';
import { type FieldOrigin, flagOrigins, withFlagNames } from '../flags/name-flags';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags, priorityOrigins } from '../flags/priority-flags';
import { readTextFile } from '../flags/read-file';
import { addTaskQueueFlag } from '../flags/task-queue-flags';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { waitAndShowResult } from './show';

interface StartFlags extends ConnectionFlags, PriorityFlags {
  json?: boolean;
  args?: string;
  input?: string;
  key?: string;
  workflowId?: string;
  startedBy?: string;
  wait?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

export function addStart(processes: Command, output: Output): void {
  const command = addTaskQueueFlag(addPriorityFlags(addConnectionFlags(processes.command('start <type>'))))
    .description('start a workflow of this type, or attach to the process that has the same --key')
    .option('--args <json>', "the workflow's arguments: a list in JSON")
    .option('--input <file>', "JSON file with the list of the workflow's arguments, in place of --args")
    .option('--key <key>', 'business key; the workflow id becomes <type>-<key>')
    .option('--workflow-id <id>', 'the whole workflow id, in place of --key')
    .addOption(startedByFlag())
    .option('--wait', 'wait for the result')
    .addOption(durationFlag('--timeout <duration>', 'with --wait: time to wait (default: no limit)'))
    .action((type: string, flags: StartFlags) => {
      const { key, workflowId, startedBy, timeout, wait } = flags;
      if (timeout !== undefined && !wait) throw new UsageError('--timeout: goes with --wait');
      const args = parseArguments(flags);
      return withDuvoWorkflows(flags, async ({ processes: client }, temporal) => {
        const options = { args, key, workflowId, priority: parsePriorityFlags(flags), startedBy };
        const starting = withFlagNames(startOrigins(type, flags), () => client.start(type, options));
        const one = await withSlowNotice(starting, `the start of ${type}`, flags, output);
        const { attached } = one;
        const text = `${attached ? 'attached to' : 'started'} ${one.workflowId}`;
        if (!wait) return output.print(flags.json ? JSON.stringify({ workflowId: one.workflowId, attached }) : text);
        await waitAndShowResult(one, temporal, flags, output, `${text}; waiting …`);
      });
    });
  addExamples(
    command,
    `process start invoiceProcess --args '[{"number": 4711}]' --key 4711`,
    'process start invoiceProcess --input arguments.json --wait',
  );
}

function startOrigins(type: string, flags: StartFlags): FieldOrigin[] {
  const { key, workflowId, startedBy, input } = flags;
  const own = flagOrigins({
    workflow: ['<type>', type],
    key: ['--key', key],
    workflowId: ['--workflow-id', workflowId],
    startedBy: ['--started-by', startedBy],
    args: [input === undefined ? '--args' : '--input'],
  });
  return [...own, ...priorityOrigins(flags)];
}

function parseArguments({ args, input }: StartFlags): unknown[] {
  if (args !== undefined && input !== undefined) throw new UsageError('--input: does not go with --args: give one');
  if (input !== undefined) return parseJsonList(readTextFile(input, '--input'), '--input');
  return args === undefined ? [] : parseJsonList(args, '--args');
}
