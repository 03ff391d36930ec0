import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { NoWorkerError } from '../../client';
import { countPollers } from '../../client/count-pollers';
import { type GateSummary, MemoKeys, SearchAttributes } from '../../contract';
import type { Output } from './output';
import type { ConnectionFlags } from '../connection';

/** Between two looks, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;
/** A run that has been without a worker for so long is told of, in milliseconds. */
const NO_WORKER_NOTICE_DELAY_MS = 3_000;

const { PENDING_WORKFLOW_TASK_STATE_SCHEDULED } = temporal.api.enums.v1.PendingWorkflowTaskState;

/**
 * Waits for the end of a run or a batch, or for what a worker says of it, and tells meanwhile what that waits for: each gate
 * once, with the command that answers it, and once that no worker takes it up. Temporal is asked, never a worker: there may
 * be none.
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
    // What cannot be looked at now can be later: what counts is the end.
    const state = await Promise.race([readWaitState(client, workflowId).catch(() => undefined), settled]);
    if (state && !isSettled) {
      for (const gate of state.gates) reportOnce(gate.ref, gateNotice(gate, flags));
      if (state.hasWorker) lastServedAtMs = Date.now();
      else if (Date.now() - lastServedAtMs >= NO_WORKER_NOTICE_DELAY_MS)
        reportOnce('worker', new NoWorkerError(workflowId, state.taskQueue).message);
    }
    await Promise.race([sleep(POLL_INTERVAL_MS), settled]);
  }
  return result;
}

interface WaitState {
  gates: GateSummary[];
  taskQueue: string;
  hasWorker: boolean;
}

async function readWaitState(client: Client, workflowId: string): Promise<WaitState> {
  const { memo, searchAttributes, taskQueue, raw } = await client.workflow.getHandle(workflowId).describe();
  const open = (searchAttributes as Record<string, number[] | undefined>)[SearchAttributes.openGates]?.[0] ?? 0;
  const gates = open > 0 ? (memo?.[MemoKeys.gates] as GateSummary[] | undefined) : undefined;
  // A worker that is gone is listed for some minutes: work that nobody takes shows it sooner.
  const isTaskUnclaimed = raw.pendingWorkflowTask?.state === PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
  const hasWorker =
    !isTaskUnclaimed && (await countPollers(client, client.options.namespace, taskQueue, 'workflows')) > 0;
  return { gates: gates ?? [], taskQueue, hasWorker };
}

/** The command asks for the answer itself, in a terminal. */
function gateNotice({ ref, title }: GateSummary, { address, namespace, profile }: ConnectionFlags): string {
  const args = ['duvo-temporal', 'gates', 'answer', ref];
  for (const [flag, value] of Object.entries({ address, namespace, profile })) if (value) args.push(`--${flag}`, value);
  return `a person is asked: ${title}\n  ${args.map(quoteForShell).join(' ')}`;
}

/** As a shell takes it for one word. */
function quoteForShell(arg: string): string {
  return /^[\w.:/@-][\w.:/@#-]*$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
