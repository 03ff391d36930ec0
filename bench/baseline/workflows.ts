/**
 * The hand-written workflows that the benchmarks compare the library with. They have no idempotency keys that survive a
 * crash, no classification of errors and no gate policies.
 */
import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type * as activities from './activities';

const { startRun, getRun, respond, pollUntilChanged } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
});

export const answerSignal = defineSignal<[boolean]>('answer');
export const submitUpdate = defineUpdate<string, [boolean]>('submit');

const TERMINAL_STATUSES = ['completed', 'failed', 'canceled'];

export interface BaselineInput {
  agentId: string;
  everyMs: number;
  /** Time between two polls while the run waits for a person, in milliseconds. @default everyMs */
  atGateMs?: number;
}

function setAnswerHandlers() {
  const answerState: { approved?: boolean; delivered: number } = { delivered: 0 };
  setHandler(answerSignal, (approved) => void (answerState.approved = approved));
  setHandler(submitUpdate, async (approved) => {
    const before = answerState.delivered;
    answerState.approved = approved;
    await condition(() => answerState.delivered > before);
    return approved ? 'approved' : 'denied';
  });
  return answerState;
}

/** Watches a run with a loop of a timer and an activity that polls. */
export async function timerLoop({ agentId, everyMs }: BaselineInput): Promise<string> {
  const answerState = setAnswerHandlers();
  const runId = await startRun(agentId);
  for (;;) {
    const { run, pending_human_request: request } = await getRun(runId);
    if (TERMINAL_STATUSES.includes(run.status)) return run.status;
    if (request) {
      await condition(() => answerState.approved !== undefined, everyMs);
      if (answerState.approved === undefined) continue;
      await respond(runId, request.id, answerState.approved);
      answerState.approved = undefined;
      answerState.delivered++;
    } else await sleep(everyMs);
  }
}

/** Watches a run with one activity for each change of the run. Each attempt of the activity is one poll. */
export async function bareWatch({ agentId, everyMs, atGateMs = everyMs }: BaselineInput): Promise<string> {
  const answerState = setAnswerHandlers();
  const runId = await startRun(agentId);
  let lastSeen = '';
  for (;;) {
    const { run, pending_human_request: request } = await pollUntilChanged(runId, lastSeen, everyMs);
    if (TERMINAL_STATUSES.includes(run.status)) return run.status;
    lastSeen = run.status;
    if (!request) continue;
    const watchScope = new CancellationScope();
    const watchResult = watchScope.run(() => pollUntilChanged(runId, lastSeen, atGateMs)).catch(() => undefined);
    await Promise.race([condition(() => answerState.approved !== undefined), watchResult]);
    watchScope.cancel();
    if (answerState.approved === undefined) continue;
    await respond(runId, request.id, answerState.approved);
    answerState.approved = undefined;
    answerState.delivered++;
  }
}

export async function instant(): Promise<void> {}

export async function threeSeconds(): Promise<void> {
  await sleep(3_000);
}

export interface BatchLoopInput {
  items: number;
  concurrency: number;
  /** Workflow type of the child workflows. */
  type: string;
  taskQueue: string;
  args: unknown[];
}

/** Runs one child workflow for each item, with at most `concurrency` child workflows at a time. */
export async function batchLoop({ items, concurrency, type, taskQueue, args }: BatchLoopInput): Promise<number> {
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < items) {
      const index = next++;
      await executeChild(type, { taskQueue, workflowId: `${workflowInfo().workflowId}/${index}`, args });
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return done;
}
