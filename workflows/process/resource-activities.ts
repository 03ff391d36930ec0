import { type ActivityOptions, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Keyed, ResourceActivities } from '../../activities';
import { DEFAULT_API_TASK_QUEUE } from '../../contract/names';
import {
  RESOURCE_ACTIVITIES,
  type ResourceActivityName,
  resourceActivityTraits,
} from '../../contract/resource-activities';
import { CALL_ACTIVITY_OPTIONS } from './activity-proxies';

/** The Duvo calls of a user's own workflow. A call that changes something gets its `key` here, unless it has one. */
export type ResourceCalls = {
  [N in ResourceActivityName]: ResourceActivities[N] extends (input: infer I) => infer R
    ? (input: I extends Keyed<infer T> ? Omit<T, 'key'> & { key?: string } : I) => R
    : never;
};

export interface ResourceOptions extends ActivityOptions {
  /** Task queue of the Duvo activities. @default 'duvo-api' */
  apiTaskQueue?: string;
}

/** An upload or a tool may take hours. The missing heartbeat shows earlier that the worker has died. */
const LONG_CALL_OPTIONS: ActivityOptions = { startToCloseTimeout: '6h' };

/** Number of calls so far. Each workflow has its own copy of a bundle's module state. */
let callCount = 0;

/**
 * Returns the key of the next call of a user's workflow. The key is the same after a reset, and another one after
 * continue-as-new, a retry and a cron run.
 */
export function nextCallKey(): { step: number; key: string } {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  const step = ++callCount;
  return { step, key: `${workflowId}/${originalExecutionRunId}/${step}` };
}

/**
 * Returns Duvo's resources for a user's own workflow. Each call is an activity on the Duvo task queue, which is retried
 * until it succeeds or Duvo refuses it finally. A call that changes something has a key that is made from the workflow's
 * ids and the number of the call, so the call keeps its key through retries and a reset of the workflow.
 *
 * ```ts
 * const duvo = duvoActivities();
 * const { id } = await duvo.createSandbox({});
 * ```
 */
export function duvoActivities({
  apiTaskQueue = DEFAULT_API_TASK_QUEUE,
  ...options
}: ResourceOptions = {}): ResourceCalls {
  const names = Object.keys(RESOURCE_ACTIVITIES) as ResourceActivityName[];
  const calls = names.map((name) => {
    const { needsKey, isLong } = resourceActivityTraits(name);
    const call = (input: object) => {
      const activity = proxyActivities<Record<string, (input: object) => Promise<unknown>>>({
        ...CALL_ACTIVITY_OPTIONS,
        ...(isLong && LONG_CALL_OPTIONS),
        ...options,
        taskQueue: apiTaskQueue,
      })[name];
      return activity?.(needsKey ? { key: nextCallKey().key, ...input } : input);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as ResourceCalls;
}

/**
 * Calls a tool of Duvo's hosted MCP server once. Every attempt has the same key, also after a reset of the workflow. The
 * call may take hours (`startToCloseTimeout` in the options limits an attempt). A tool that reports its own failure gives
 * a result with `isError`, and no failure.
 *
 * ```ts
 * const { structuredContent } = await callTool('post_invoice', { number: '4711' });
 * ```
 */
export function callTool(
  name: string,
  args: Record<string, unknown> = {},
  options?: ResourceOptions,
): ReturnType<ResourceCalls['callTool']> {
  return duvoActivities(options).callTool({ name, arguments: args });
}
