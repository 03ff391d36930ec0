/**
 * The Duvo calls as Temporal activities, for a worker on the Duvo task queue. Most users get them through `DuvoPlugin`.
 */
import type { DuvoClient } from '../duvo';
import { createBatchActivities } from './batches/batch-activities';
import { createResourceActivities } from './resources';
import { createOutputActivities } from './runs/check-output';
import { createRunActivities } from './runs/run-activities';
import { createStartActivities, type StartOptions } from './starts/start-run';
import type { SourceAccess } from '../items/sources/source-access';

const NO_SOURCES: SourceAccess = { roots: [], hosts: [] };

/** @param options `sources`: what the workers may read as the source of a batch; by default nothing */
export function createDuvoActivities({
  client,
  sources = NO_SOURCES,
  ...options
}: { client: DuvoClient; sources?: SourceAccess } & StartOptions) {
  return {
    ...createResourceActivities(client),
    ...createStartActivities(client, options),
    ...createRunActivities(client),
    ...createOutputActivities(),
    ...createBatchActivities(client, sources),
  };
}

/** All activities on the Duvo task queue. */
export type DuvoActivities = ReturnType<typeof createDuvoActivities>;
/** The activities that users' workflows call. */
export type ResourceActivities = ReturnType<typeof createResourceActivities>;

export type { AwaitRunChangeInput, RunFault } from './runs/await-run-change';
export { OutputThreads } from './runs/output-threads';
export { type ComputedDue, createDueActivities, type DueActivities } from './gates/compute-due';
export type { CheckOutputInput, CheckOutputResult } from './runs/check-output';
export { CallFailureTypes, RUN_UNCHANGED } from './to-failure';
export type { SourceAccess };
export type {
  ChannelContext,
  ClosedGateMessage,
  GateEventMessage,
  GateMessage,
  NotificationChannel,
  SentMessage,
} from './notifications/channel';
export { emailChannel, type EmailChannelOptions } from './notifications/email-channel';
export {
  createNotificationActivities,
  type NotificationActivities,
  type NotificationOptions,
} from './notifications/notification-activities';
export { slackChannel } from './notifications/slack-channel';
export { teamsChannel } from './notifications/teams-channel';
export { webhookChannel, type WebhookChannelOptions } from './notifications/webhook-channel';
export { hangingFolders } from '../items/sources/file-slots';
export type { Keyed } from './resource-calls';
export type { RunSnapshot } from './runs/run-snapshot';
export type { RespondInput, RespondVerdict } from './runs/deliver-answer';
export type { LastReply, LastReplyInput } from './runs/read-last-reply';
export { SourceFailureTypes, type StoreBatchItemsInput } from './batches/store-batch-items';
export type { AwaitedWorkflow } from './batches/await-workflow';
export type { WorkflowSnapshot } from './batches/workflow-snapshot';
export type { StartAmbiguity } from './starts/start-failures';
export type { StartRunInput } from './starts/start-run-input';
