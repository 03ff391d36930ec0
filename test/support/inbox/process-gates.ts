import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { formatGateRef } from '../../../contract/gates/gate-refs';
import type { Gate } from '../../../contract/gates/gates';
import { eventually, type Stack } from '../stack';
import type { DelayedGateInput } from '../workflows/processes';

interface OpenedGates {
  /** Words that no other test uses: the list of an inbox shows the gates of all tests. */
  word: string;
  handle: WorkflowHandle;
  refs: string[];
}

/** Starts a process that opens gates, and waits until they are open. */
export async function openGates(
  { client, taskQueue }: Stack,
  inputs: DelayedGateInput[],
  word = `word${randomUUID().slice(0, 8)}`,
  workflowId = `${word}-${randomUUID().slice(0, 8)}`,
): Promise<OpenedGates> {
  const gates = inputs.map((input, index) => ({ id: `gate-${index}`, ...input }));
  const handle = await client.workflow.start('asksOf', { taskQueue, workflowId, args: [gates] });
  await eventually(async () => {
    const open = await handle.query<Gate[]>('gates').catch(() => []);
    return open.length === gates.length;
  });
  return { word, handle, refs: gates.map(({ id }) => formatGateRef(workflowId, id)) };
}

/** Opens one approval of a process. */
export async function openApproval(stack: Stack, input: object = {}) {
  const { handle, refs } = await openGates(stack, [{ title: 'Pay?', ...input }]);
  const [gate] = await handle.query<Gate[]>('gates');
  return { handle, ref: refs[0] ?? '', requestHash: gate?.requestHash ?? '' };
}
