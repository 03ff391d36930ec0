/** What a good engineer writes in an hour: no keys that survive, no classification, no policies. */
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

export const answer = defineSignal<[boolean]>('answer');
export const submit = defineUpdate<string, [boolean]>('submit');

const ENDS = ['completed', 'failed', 'canceled'];

export interface BaselineInput {
  agentId: string;
  everyMs: number;
  /** While it waits on a person. @default everyMs */
  atGateMs?: number;
}

function answers() {
  const given: { approved?: boolean; delivered: number } = { delivered: 0 };
  setHandler(answer, (approved) => void (given.approved = approved));
  setHandler(submit, async (approved) => {
    const before = given.delivered;
    given.approved = approved;
    await condition(() => given.delivered > before);
    return approved ? 'approved' : 'denied';
  });
  return given;
}

/** A timer, then a poll. */
export async function timerLoop({ agentId, everyMs }: BaselineInput): Promise<string> {
  const given = answers();
  const runId = await startRun(agentId);
  for (;;) {
    const { run, pending_human_request: request } = await getRun(runId);
    if (ENDS.includes(run.status)) return run.status;
    if (request) {
      await condition(() => given.approved !== undefined, everyMs);
      if (given.approved === undefined) continue;
      await respond(runId, request.id, given.approved);
      given.approved = undefined;
      given.delivered++;
    } else await sleep(everyMs);
  }
}

/** One activity for each change, whose attempts are the polls. */
export async function bareWatch({ agentId, everyMs, atGateMs = everyMs }: BaselineInput): Promise<string> {
  const given = answers();
  const runId = await startRun(agentId);
  let seen = '';
  for (;;) {
    const { run, pending_human_request: request } = await pollUntilChanged(runId, seen, everyMs);
    if (ENDS.includes(run.status)) return run.status;
    seen = run.status;
    if (!request) continue;
    const watch = new CancellationScope();
    const watched = watch.run(() => pollUntilChanged(runId, seen, atGateMs)).catch(() => undefined);
    await Promise.race([condition(() => given.approved !== undefined), watched]);
    watch.cancel();
    if (given.approved === undefined) continue;
    await respond(runId, request.id, given.approved);
    given.approved = undefined;
    given.delivered++;
  }
}

export async function instant(): Promise<void> {}

export async function threeSeconds(): Promise<void> {
  await sleep(3_000);
}

export interface BatchLoopInput {
  items: number;
  width: number;
  /** Of the children. */
  type: string;
  taskQueue: string;
  args: unknown[];
}

/** So many children at a time: lanes that take the next item when theirs is done. */
export async function batchLoop({ items, width, type, taskQueue, args }: BatchLoopInput): Promise<number> {
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < items) {
      const index = next++;
      await executeChild(type, { taskQueue, workflowId: `${workflowInfo().workflowId}/${index}`, args });
      done++;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return done;
}
