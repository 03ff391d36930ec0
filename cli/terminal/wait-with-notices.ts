import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import {
  countPollers,
  describeWorkflow,
  findTaskFailure,
  NoWorkerError,
  type ReadFault,
  readMemo,
  type RunStop,
} from '../../client';
import {
  AGENT_RUN_WORKFLOW_TYPE,
  commandLine,
  type GateSummary,
  MemoKeys,
  SearchAttributes,
  temporalCommandLine,
} from '../../contract';
import type { Output } from './output';
import { findItemTaskFailure } from './item-task-failure';
import { stopWaitText } from './stop-text';
import { toOneLine } from './text';
import { type ConnectionFlags, connectionArgs } from '../connection';

/** Time between two reads of the workflow, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;
/**
 * Time after which a missing worker is reported, in milliseconds. A worker that restarts is missing for a shorter time.
 */
const NO_WORKER_NOTICE_DELAY_MS = 3_000;

const { PENDING_WORKFLOW_TASK_STATE_SCHEDULED } = temporal.api.enums.v1.PendingWorkflowTaskState;

/**
 * Waits for `result`, the end of a run or a batch, or of its cancellation. Meanwhile it prints each open gate once, with
 * the command that answers it, once each kind of fault of the reads of a run, once each status in which a run cannot be
 * stopped, once that no worker polls for the workflow's tasks, and once why its workflow task, or that of a batch's item, fails. It reads only from Temporal, because a query would need a
 * worker.
 */
export async function waitWithNotices<T>(
  client: Client,
  workflowId: string,
  result: Promise<T>,
  flags: ConnectionFlags,
  output: Output,
): Promise<T> {
  let isSettled = false;
  const settled = result.then(
    () => void (isSettled = true),
    () => void (isSettled = true),
  );
  const reported = new Set<string>();
  const reportOnce = (id: string, text: string) => {
    if (!reported.has(id)) output.note(text);
    reported.add(id);
  };
  let lastServedAtMs = Date.now();
  while (!isSettled) {
    // A failed read is repeated, because only `result` decides how the command ends.
    const state = await Promise.race([readWaitState(client, workflowId).catch(() => undefined), settled]);
    if (state && !isSettled) {
      for (const gate of state.gates) reportOnce(gate.ref, gateNotice(gate, flags));
      if (state.fault) reportOnce(`fault ${state.fault.type}`, faultNotice(workflowId, state.fault, flags));
      if (state.needsAttention && !state.stopping) reportOnce('attention', attentionNotice(workflowId, flags));
      if (state.stopping?.waitsWhile)
        reportOnce(`stop ${state.stopping.waitsWhile}`, stopNotice(workflowId, state.stopping, flags));
      if (state.taskFailure !== undefined)
        reportOnce(`task ${state.isCancelRequested}`, taskFailureNotice(workflowId, state, flags));
      if (state.hasWorker) lastServedAtMs = Date.now();
      else if (Date.now() - lastServedAtMs >= NO_WORKER_NOTICE_DELAY_MS)
        reportOnce('worker', new NoWorkerError(workflowId, state.taskQueue).message);
    }
    await Promise.race([sleep(POLL_INTERVAL_MS), settled]);
  }
  return result;
}

interface WaitState {
  fault?: ReadFault;
  stopping?: RunStop;
  needsAttention?: true;
  gates: GateSummary[];
  taskQueue: string;
  hasWorker: boolean;
  /** Why the workflow makes no progress. */
  taskFailure?: string;
  isCancelRequested: boolean;
}

async function readWaitState(client: Client, workflowId: string): Promise<WaitState> {
  const description = await describeWorkflow(client, workflowId);
  const { searchAttributes, taskQueue, raw } = description;
  const open = (searchAttributes as Record<string, number[] | undefined>)[SearchAttributes.openGates]?.[0] ?? 0;
  // The gates of a run that is being cancelled need no answer. A process may open gates while it is being cancelled.
  const isCancelRequested = raw.workflowExtendedInfo?.cancelRequested === true;
  const needsAnswers = description.type !== AGENT_RUN_WORKFLOW_TYPE || !isCancelRequested;
  const gates = open > 0 && needsAnswers ? readMemo<GateSummary[]>(description, MemoKeys.gates) : undefined;
  // Temporal lists a stopped worker for some minutes. A workflow task that no worker has started shows earlier that the
  // worker is missing.
  const isTaskUnclaimed = raw.pendingWorkflowTask?.state === PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
  const taskFailure = (await findTaskFailure(client, description)) ?? (await findItemTaskFailure(client, description));
  // A failed task waits for its next attempt unclaimed, although there is a worker.
  const hasWorker =
    taskFailure !== undefined ||
    (!isTaskUnclaimed && (await countPollers(client, client.options.namespace, taskQueue, 'workflows')) > 0);
  const fault = readMemo<ReadFault>(description, MemoKeys.fault);
  const stopping = readMemo<RunStop>(description, MemoKeys.stopping);
  const needsAttention = readMemo<true>(description, MemoKeys.needsAttention);
  return {
    gates: gates ?? [],
    ...(fault && { fault }),
    ...(stopping && { stopping }),
    ...(needsAttention && { needsAttention }),
    taskQueue,
    hasWorker,
    ...(taskFailure !== undefined && { taskFailure }),
    isCancelRequested,
  };
}

/** Formats the notice of a failing task. Without a worker that can execute it, only Temporal can end the workflow. */
function taskFailureNotice(
  workflowId: string,
  { taskFailure, isCancelRequested }: WaitState,
  { address, namespace, profile }: ConnectionFlags,
): string {
  if (!isCancelRequested) return taskFailure ?? '';
  const given = Object.entries({ address, namespace, profile }).flatMap(([flag, value]) =>
    value ? [`--${flag}`, value] : [],
  );
  const command = temporalCommandLine('workflow', 'terminate', '--workflow-id', workflowId, ...given);
  return `${taskFailure}. Until then it cannot be cancelled; end it without compensations with\n  ${command}`;
}

function faultNotice(workflowId: string, { type, since }: ReadFault, flags: ConnectionFlags): string {
  const command = commandLine('run', 'show', workflowId, ...connectionArgs(flags));
  return `the run cannot be read since ${since}: ${type}\n  ${command}`;
}

function attentionNotice(workflowId: string, flags: ConnectionFlags): string {
  const command = commandLine('run', 'show', workflowId, ...connectionArgs(flags));
  return `the run is needs_attention: look at the run in Duvo\n  ${command}`;
}

function stopNotice(workflowId: string, stopping: RunStop, flags: ConnectionFlags): string {
  const command = commandLine('run', 'show', workflowId, ...connectionArgs(flags));
  return `the run is being stopped since ${stopping.since}: ${stopWaitText(stopping)}; waits until ${stopping.until}\n  ${command}`;
}

/** Formats the notice of an open gate. Its command has no answer: in a terminal, the command prompts for the answer. */
function gateNotice({ ref, title }: GateSummary, flags: ConnectionFlags): string {
  const command = commandLine('gate', 'answer', ref, ...connectionArgs(flags));
  return `waiting for a person: ${toOneLine(title)}\n  ${command}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
