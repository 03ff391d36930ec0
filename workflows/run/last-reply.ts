import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { LastReply } from '../../activities';
import type { AgentRunResult } from '../../contract/runs';
import { proxyDuvoCall } from '../process/activity-proxies';
import { applicationCause } from './run-failures';

/** The part of a run's result that tells what the agent said. */
export type Reply = Pick<AgentRunResult, 'output' | 'outputCut' | 'outputError'>;

/** How long it is tried to read what the agent said, in milliseconds: the run itself has long completed. */
const READ_REPLY_TIMEOUT_MS = 600_000;

/**
 * What the agent said last. A run that completed stays completed when its words cannot be read: the result says so
 * instead.
 */
export async function readLastReply(remote: { taskQueue: string; runId: string }): Promise<Reply> {
  const { taskQueue, runId } = remote;
  const summary = `read what the agent of run ${runId} said last`;
  const read = proxyDuvoCall({ taskQueue, summary, giveUpAfterMs: READ_REPLY_TIMEOUT_MS }).lastReply;
  try {
    let reply: LastReply = await read({ runId });
    while (reply.next) reply = await read({ runId, ...reply.next });
    return { output: reply.text ?? '', ...(reply.cut && { outputCut: true }) };
  } catch (error) {
    const cause = applicationCause(error);
    const isTimeout = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
    if (!cause && !isTimeout) throw error;
    return { output: '', outputError: cause?.type ?? 'Duvo.Timeout' };
  }
}
