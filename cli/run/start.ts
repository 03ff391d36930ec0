import type { Client } from '@temporalio/client';
import { type Command, Option } from 'commander';
import type { DuvoRun, StartInput } from '../../client';
import { checkRunInput } from '../../contract';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';
import { UsageError } from '../exit-codes';
import { checkOutputSchema } from './output-schema';
import { addExamples } from '../flags/examples';
import { deadlineFlag, durationFlag, nonBlankFlag, startedByFlag } from '../flags/flag-options';
import { dueFlag } from '../flags/due-flag';
import { checkWithFlagNames, type FieldOrigin, flagOrigins, withFlagNames } from '../flags/name-flags';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags, priorityOrigins } from '../flags/priority-flags';
import { readJsonFile } from '../flags/read-file';
import { addTaskQueueFlags } from '../flags/task-queue-flags';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { waitAndShowResult } from './show';

interface WatchFlags extends ConnectionFlags {
  json?: boolean;
  deadline?: string;
  onCancel?: 'stop' | 'abandon';
  gateDue?: string;
  onTimeout?: 'hold' | 'deny' | 'approve' | 'fail';
  outputSchema?: string;
  input?: string;
  wait?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

interface StartFlags extends WatchFlags, PriorityFlags {
  agent?: string;
  message?: string;
  key?: string;
  sandbox?: string;
  startedBy?: string;
}

export function addStart(runs: Command, output: Output): void {
  const command = addPriorityFlags(addConnectionFlags(runs.command('start')))
    .description('start a run of an agent, or attach to the run that has the same --key')
    .addOption(nonBlankFlag('--agent <id>', "Duvo's id of the agent; required here or in --input"))
    .addOption(nonBlankFlag('--message <text>', 'the first message to the agent'))
    .option('--key <key>', 'business key, e.g. invoice-4711: the same key attaches to the same run')
    .option('--sandbox <id>', 'sandbox that the agent works in')
    .addOption(startedByFlag())
    .option('--input <file>', "JSON file with the run's input; flags replace its fields");
  addWatchFlags(command).action(async (flags: StartFlags) => {
    checkTimeoutFlag(flags);
    checkGateFlags(flags);
    const input = parseStartInput(flags);
    const origins = startOrigins(flags);
    // The workflow checks all fields, too; here the command refuses them before it starts anything.
    checkWithFlagNames(origins, () => checkRunInput(input));
    await checkOutputSchema(flags, input);
    return withRuns(flags, async (all, client) => {
      const starting = withFlagNames(origins, () =>
        all.start(input, { priority: parsePriorityFlags(flags), startedBy: flags.startedBy }),
      );
      const run = await withSlowNotice(starting, `the start of a run of agent ${input.agentId}`, flags, output);
      return showStarted(run, client, flags, output);
    });
  });
  addExamples(
    command,
    "run start --agent 4f1c… --message 'Read invoice 4711' --key invoice-4711 --wait",
    'run start --agent 4f1c… --gate-due 8h --on-timeout deny',
    'run start --input run.json --output-schema invoice.schema.json --wait --json',
  );
}

export function addAttach(runs: Command, output: Output): void {
  const command = addConnectionFlags(runs.command('attach <run-id>')).description(
    'watch a run that was started in Duvo; <run-id> is its id there. The same run is watched once',
  );
  addWatchFlags(command).action(async (runId: string, flags: WatchFlags) => {
    checkTimeoutFlag(flags);
    checkGateFlags(flags);
    const options = parseWatchFlags(flags);
    checkWithFlagNames(watchOrigins(flags), () => checkRunInput({ ...options, runId }));
    await checkOutputSchema(flags, options);
    return withRuns(flags, async (all, client) => {
      const run = await withSlowNotice(all.attach(runId, options), `the watch of run ${runId}`, flags, output);
      return showStarted(run, client, flags, output);
    });
  });
  addExamples(command, 'run attach 0c9d… --wait');
}

function addWatchFlags(command: Command): Command {
  return addTaskQueueFlags(
    command
      .addOption(
        deadlineFlag('--deadline <duration>', "limit of queue and agent time together, e.g. 2h; people's time is free"),
      )
      .addOption(
        new Option(
          '--on-cancel <action>',
          'what happens to the Duvo run when the workflow is cancelled (default: stop)',
        ).choices(['stop', 'abandon']),
      )
      .addOption(
        dueFlag(
          '--gate-due <time>',
          'time that people have for each gate, e.g. 8h, or ISO 8601 with an offset (default: none)',
        ),
      )
      .addOption(
        new Option('--on-timeout <action>', 'what happens to a gate that is overdue (default: hold)').choices([
          'hold',
          'deny',
          'approve',
          'fail',
        ]),
      )
      .option('--output-schema <file>', "JSON Schema that the agent's last message must fit"),
  )
    .option('--wait', 'wait for the result')
    .addOption(durationFlag('--timeout <duration>', 'with --wait: time to wait (default: no limit)'));
}

function parseStartInput(flags: StartFlags): StartInput {
  const { agent, message, key, sandbox, input } = flags;
  const fromFile = input === undefined ? {} : readJsonFile(input, '--input');
  const merged = {
    ...fromFile,
    ...(agent !== undefined && { agentId: agent }),
    ...(message !== undefined && { message }),
    ...(key !== undefined && { key }),
    ...(sandbox !== undefined && { sandboxId: sandbox }),
    ...parseWatchFlags(flags, fromFile),
  } as StartInput;
  if (merged.agentId === undefined) {
    // A misspelt field, such as agent, is the more exact reason.
    checkWithFlagNames(startOrigins(flags), () => checkRunInput({ ...merged, agentId: '-' }));
    throw new UsageError("--agent is missing: give Duvo's id of the agent, or an --input with agentId");
  }
  return merged;
}

function startOrigins(flags: StartFlags): FieldOrigin[] {
  const { agent, message, key, sandbox, startedBy, input } = flags;
  const given = flagOrigins({
    ...(agent !== undefined && { agentId: ['--agent', agent] }),
    ...(message !== undefined && { message: ['--message'] }),
    ...(key !== undefined && { key: ['--key', key] }),
    ...(sandbox !== undefined && { sandboxId: ['--sandbox', sandbox] }),
    ...(startedBy !== undefined && { startedBy: ['--started-by', startedBy] }),
  });
  const file = input === undefined ? [] : [{ field: '', flag: '--input', file: input }];
  return [...given, ...watchOrigins(flags), ...priorityOrigins(flags), ...file];
}

function watchOrigins({ deadline, onCancel, gateDue, onTimeout, outputSchema, input }: WatchFlags): FieldOrigin[] {
  return [
    ...flagOrigins({
      ...(deadline !== undefined && { deadline: ['--deadline', deadline] }),
      ...(onCancel !== undefined && { onCancel: ['--on-cancel', onCancel] }),
      ...(gateDue !== undefined && { 'gate.due': ['--gate-due', gateDue] }),
      ...(gateDue === undefined && input === undefined && { 'gate.due': ['--gate-due'] }),
      ...(onTimeout !== undefined && { 'gate.onTimeout': ['--on-timeout', onTimeout] }),
    }),
    ...(outputSchema === undefined ? [] : [{ field: 'output.schema', flag: '--output-schema', file: outputSchema }]),
  ];
}

/** Returns the run's input with the fields that the flags set added to `input`. */
function parseWatchFlags(flags: WatchFlags, input: Record<string, unknown> = {}) {
  const { deadline, onCancel, gateDue, onTimeout, outputSchema } = flags;
  const gate = { ...(gateDue !== undefined && { due: gateDue }), ...(onTimeout !== undefined && { onTimeout }) };
  return {
    ...(deadline !== undefined && { deadline }),
    ...(onCancel !== undefined && { onCancel }),
    ...(Object.keys(gate).length > 0 && { gate: { ...(input.gate as object | undefined), ...gate } }),
    ...(outputSchema !== undefined && {
      output: { ...(input.output as object | undefined), schema: readJsonFile(outputSchema, '--output-schema') },
    }),
  };
}

async function showStarted(run: DuvoRun, client: Client, flags: WatchFlags, output: Output): Promise<void> {
  const { workflowId, attached } = run;
  const text = `${attached ? 'attached to' : 'started'} ${workflowId}`;
  if (!flags.wait) return output.print(flags.json ? JSON.stringify({ workflowId, attached }) : text);
  await waitAndShowResult(run, client, flags, output, `${text}; waiting …`);
}

function checkTimeoutFlag({ wait, timeout }: WatchFlags): void {
  if (timeout !== undefined && !wait) throw new UsageError('--timeout: goes with --wait');
}

/** With `--input`, the file may have the due time, so the check of the whole input decides. */
function checkGateFlags({ onTimeout, gateDue, input }: WatchFlags): void {
  if (onTimeout === undefined || onTimeout === 'hold' || gateDue !== undefined || input !== undefined) return;
  throw new UsageError(`--gate-due is missing: --on-timeout ${onTimeout} needs it, e.g. --gate-due 8h`);
}
