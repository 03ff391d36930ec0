/**
 * The Duvo calls as Temporal activities, for a worker on the Duvo task queue. Most users get them through `DuvoPlugin`.
 *
 * Activity names and shapes stand in histories: they are changed by addition only.
 */
import type { DuvoClient } from '../duvo';
import { createAgentActivities } from './agents';
import { createBatchActivities } from './batches';
import { createCaseActivities } from './cases';
import { createOutputActivities } from './check-output';
import { createMessageActivities } from './messages';
import { createQueueActivities } from './queues';
import { createRunActivities } from './runs';
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

export type { AwaitRunChangeInput, PollSteps } from './await-run-change';
export type { CheckOutputInput, CheckOutputResult } from './check-output';
export { CallFailureTypes, RUN_UNCHANGED, START_AMBIGUOUS } from './failures';
export type { Keyed } from './resource-call';
export type { RunLook } from './run-look';
export type { LastReply, LastReplyInput, RespondInput, RespondVerdict } from './runs';
export { SourceFailureTypes, type StoreBatchItemsInput } from './store-batch-items';
export type { WorkflowLook } from './workflow-look';
export type { StartAmbiguity, StartCandidate, StartRunInput } from './start-run';
