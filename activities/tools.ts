import { Context } from '@temporalio/activity';
import type { CallToolInput, DuvoClient, Tool, ToolResult } from '../duvo';
import { activityAgeMs } from './failures';
import { cancellationSignal } from './http-attempt';
import { callMutation, type Keyed, callResource } from './resource-call';

/** A tool's result has no pages: only the tool itself can give less. */
const SMALLER_RESULT_HINT = { field: 'result', fix: 'ask the tool for less' };
const FEWER_TOOLS_HINT = { field: 'tools', fix: 'ask an administrator of the workspace to offer fewer tools' };

/**
 * Tools of Duvo's hosted MCP server: one session an attempt. A tool may run for minutes; it is cut off at the socket when
 * its activity is cancelled, and Duvo is told, since waiting for its answer would be waiting for the tool.
 */
export function createToolActivities(client: DuvoClient) {
  return {
    listTools: (_input: Record<string, never>): Promise<Tool[]> =>
      callResource(
        'tools.list',
        () => client.call('tools.list', {}, { signal: cancellationSignal(), timeoutMs: remainingTimeMs() }),
        undefined,
        FEWER_TOOLS_HINT,
      ),

    callTool: ({ key, ...call }: Keyed<CallToolInput>): Promise<ToolResult> =>
      callMutation(
        'tools.call',
        key,
        call,
        (options) =>
          client.tools.call(call, { ...options, signal: cancellationSignal(), timeoutMs: remainingTimeMs() }),
        SMALLER_RESULT_HINT,
      ),
  };
}

/**
 * What this attempt may take, in milliseconds: a little less than Temporal gives it, so that it ends with a failure which
 * says what it waited for.
 */
function remainingTimeMs(): number | undefined {
  const { startToCloseTimeoutMs: attemptTimeoutMs, scheduleToCloseTimeoutMs: totalTimeoutMs } = Context.current().info;
  const limits = [attemptTimeoutMs, totalTimeoutMs && totalTimeoutMs - activityAgeMs()].filter((limit) => limit > 0);
  if (limits.length === 0) return undefined;
  const remainingMs = Math.min(...limits);
  return Math.max(1, Math.min(Math.floor(remainingMs - Math.min(2_000, remainingMs / 10)), 2 ** 31 - 1));
}
