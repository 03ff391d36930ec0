import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, Keyed } from '../../activities';
import { DEFAULT_API_TASK_QUEUE } from '../../contract/names';
import { CALL_ACTIVITY_OPTIONS } from './activity-proxies';
import { nextCallKey } from './call-key';

/** The activities of a run's workflow, which are not for others. */
type RunActivityName =
  'startRun' | 'getRun' | 'awaitRunChange' | 'respondToHumanRequest' | 'stopRun' | 'lastReply' | 'checkOutput';
type ResourceActivities = Omit<DuvoActivities, RunActivityName>;

/** The Duvo calls of a user's own workflow. Those that change something get their `key` here, unless one is given. */
export type ResourceCalls = {
  [N in keyof ResourceActivities]: ResourceActivities[N] extends (input: infer I) => infer R
    ? (input: I extends Keyed<infer T> ? Omit<T, 'key'> & { key?: string } : I) => R
    : never;
};

export interface ResourceOptions extends ActivityOptions {
  /** Task queue of the Duvo activities. @default 'duvo-api' */
  apiTaskQueue?: string;
}

/** A file or a tool takes as long as it takes; a worker that dies in it is noticed by its missing heartbeat. */
const LONG_CALL_OPTIONS: ActivityOptions = { startToCloseTimeout: '6h' };

/**
 * Duvo's resources for a user's own workflow: each call is an activity on the Duvo task queue, tried until it succeeds or
 * is refused for good. A call that changes something is named by the workflow's ids and its number, so that it keeps
 * its key through retries and a reset of the workflow.
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
  return new Proxy({} as ResourceCalls, {
    // A promise that resolves to it asks for `then`.
    get: (_target, name) =>
      name !== 'then' &&
      ((input: object) => {
        const activity = String(name);
        const isLong = /^(upload|call)/.test(activity);
        const all = { ...CALL_ACTIVITY_OPTIONS, ...(isLong && LONG_CALL_OPTIONS), ...options, taskQueue: apiTaskQueue };
        const call = proxyActivities<Record<string, (input: object) => Promise<unknown>>>(all)[activity];
        const isKeyed = /^(create|post|upload|call)/.test(activity);
        return call?.(isKeyed ? { key: nextCallKey().key, ...input } : input);
      }),
  });
}
