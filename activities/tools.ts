import { Context } from '@temporalio/activity';
import type { CallToolInput, DuvoClient, Tool, ToolResult } from '../duvo';
import { attemptAge } from './failures';
import { cancellationSignal } from './http-attempt';
import { change, type Keyed, resourceCall } from './resource-call';

/** A tool's result has no pages: only the tool itself can give less. */
const SMALLER_RESULT = { field: 'result', mend: 'ask the tool for less' };
const FEWER_TOOLS = { field: 'tools', mend: 'ask an administrator of the workspace to offer fewer tools' };

/**
 * Tools of Duvo's hosted MCP server: one session an attempt. A tool may run for minutes; it is cut off at the socket when
 * its activity is cancelled, and Duvo is told, since waiting for its answer would be waiting for the tool.
 */
export function createToolActivities(client: DuvoClient) {
  return {
    listTools: (_input: Record<string, never>): Promise<Tool[]> =>
      resourceCall(
        'tools.list',
        () => client.call('tools.list', {}, { signal: cancellationSignal(), timeoutMs: timeLeft() }),
        undefined,
        FEWER_TOOLS,
      ),

    callTool: ({ key, ...call }: Keyed<CallToolInput>): Promise<ToolResult> =>
      change(
        'tools.call',
        key,
        call,
        (options) => client.tools.call(call, { ...options, signal: cancellationSignal(), timeoutMs: timeLeft() }),
        SMALLER_RESULT,
      ),
  };
}

/**
 * What this attempt may take, in milliseconds: a little less than Temporal gives it, so that it ends with a failure which
 * says what it waited for.
 */
function timeLeft(): number | undefined {
  const { startToCloseTimeoutMs: ofAttempt, scheduleToCloseTimeoutMs: ofAll } = Context.current().info;
  const limits = [ofAttempt, ofAll && ofAll - attemptAge()].filter((limit) => limit > 0);
  if (limits.length === 0) return undefined;
  const left = Math.min(...limits);
  return Math.max(1, Math.min(Math.floor(left - Math.min(2_000, left / 10)), 2 ** 31 - 1));
}
