/**
 * The Duvo calls as Temporal activities, for a worker on the Duvo task queue. Most users get them through `DuvoPlugin`.
 *
 * Activity names and shapes stand in histories: they are changed by addition only.
 */
import type { DuvoClient } from '../duvo';
import { createAgentActivities } from './agents';
import { createBatchActivities } from './batches/batches';
import { createCaseActivities } from './cases';
import { createOutputActivities } from './runs/check-output';
import { createMessageActivities } from './messages';
import { createQueueActivities } from './queues';
import { createRunActivities } from './runs/runs';
import { createSandboxActivities } from './sandboxes';
import { createToolActivities } from './tools';

export function createDuvoActivities({ client }: { client: DuvoClient }) {
  return {
    ...createRunActivities(client),
    ...createMessageActivities(client),
    ...createAgentActivities(client),
    ...createQueueActivities(client),
    ...createCaseActivities(client),
    ...createSandboxActivities(client),
    ...createToolActivities(client),
    ...createOutputActivities(),
    ...createBatchActivities(client),
  };
}

export type DuvoActivities = ReturnType<typeof createDuvoActivities>;

export type { AwaitRunChangeInput } from './runs/await-run-change';
export type { CheckOutputInput, CheckOutputResult } from './runs/check-output';
export { CallFailureTypes, RUN_UNCHANGED } from './failures';
export type { Keyed } from './resource-call';
export type { RunSnapshot } from './runs/run-snapshot';
export type { LastReply, LastReplyInput, RespondInput, RespondVerdict } from './runs/runs';
export { SourceFailureTypes, type StoreBatchItemsInput } from './batches/store-batch-items';
export type { WorkflowSnapshot } from './batches/workflow-snapshot';
export type { StartAmbiguity, StartRunInput } from './runs/start-run';
