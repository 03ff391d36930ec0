import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { NoWorkerError } from '../../client';
import { countPollers } from '../../client/pollers';
import { type GateSummary, MemoKeys, SearchAttributes } from '../../contract/run-contract';
import type { Output } from './output';
import type { ConnectionFlags } from '../session';

/** Between two looks, in milliseconds. */
const LOOK_EVERY = 1_000;
/** A run that has been without a worker for so long is told of, in milliseconds. */
const PATIENCE = 3_000;

const { PENDING_WORKFLOW_TASK_STATE_SCHEDULED } = temporal.api.enums.v1.PendingWorkflowTaskState;

/**
 * Waits for the end of a run or a batch, or for what a worker says of it, and tells meanwhile what that waits for: each gate
 * once, with the command that answers it, and once that no worker takes it up. Temporal is asked, never a worker: there may
 * be none.
 */
export async function waitTelling<T>(
  client: Client,
  workflowId: string,
  ended: Promise<T>,
  flags: ConnectionFlags,
  output: Output,
): Promise<T> {
  let over = false;
  const end = ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  const told = new Set<string>();
  const tell = (what: string, text: string) => {
    if (!told.has(what)) output.note(text);
    told.add(what);
  };
  let served = Date.now();
  while (!over) {
    // What cannot be looked at now can be later: what counts is the end.
    const seen = await Promise.race([look(client, workflowId).catch(() => undefined), end]);
    if (seen && !over) {
      for (const gate of seen.gates) tell(gate.ref, gateText(gate, flags));
      if (seen.isServed) served = Date.now();
      else if (Date.now() - served >= PATIENCE) tell('worker', new NoWorkerError(workflowId, seen.taskQueue).message);
    }
    await Promise.race([pause(LOOK_EVERY), end]);
  }
  return ended;
}

interface Seen {
  gates: GateSummary[];
  taskQueue: string;
  isServed: boolean;
}

async function look(client: Client, workflowId: string): Promise<Seen> {
  const { memo, searchAttributes, taskQueue, raw } = await client.workflow.getHandle(workflowId).describe();
  const open = (searchAttributes as Record<string, number[] | undefined>)[SearchAttributes.openGates]?.[0] ?? 0;
  const gates = open > 0 ? (memo?.[MemoKeys.gates] as GateSummary[] | undefined) : undefined;
  // A worker that is gone is listed for some minutes: work that nobody takes shows it sooner.
  const isLeft = raw.pendingWorkflowTask?.state === PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
  const isServed = !isLeft && (await countPollers(client, client.options.namespace, taskQueue, 'workflows')) > 0;
  return { gates: gates ?? [], taskQueue, isServed };
}

/** The command asks for the answer itself, in a terminal. */
function gateText({ ref, title }: GateSummary, { address, namespace, profile }: ConnectionFlags): string {
  const words = ['duvo-temporal', 'gates', 'answer', ref];
  for (const [flag, value] of Object.entries({ address, namespace, profile }))
    if (value) words.push(`--${flag}`, value);
  return `a person is asked: ${title}\n  ${words.map(quoted).join(' ')}`;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w.:/@-][\w.:/@#-]*$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
