import type { LastReply } from '../activities';
import type { AgentRunResult } from './contract';
import { duvoCall } from './duvo-activities';
import { applicationCause } from './run-failures';

/** The part of a run's result that tells what the agent said. */
export type Reply = Pick<AgentRunResult, 'output' | 'outputCut' | 'outputError'>;

/**
 * What the agent said last. A run that completed stays completed when its words cannot be read: the result says so
 * instead.
 */
export async function readLastReply(remote: { taskQueue: string; runId: string }): Promise<Reply> {
  const { taskQueue, runId } = remote;
  const read = duvoCall({ taskQueue, summary: `read what the agent of run ${runId} said last` }).lastReply;
  try {
    let reply: LastReply = await read({ runId });
    while (reply.next) reply = await read({ runId, ...reply.next });
    return { output: reply.text ?? '', ...(reply.cut && { outputCut: true }) };
  } catch (error) {
    const cause = applicationCause(error);
    if (!cause) throw error;
    return { output: '', outputError: cause.type ?? 'unknown' };
  }
}
