/**
 * The Duvo calls as Temporal activities, for a worker on the Duvo task queue. Most users get them through `DuvoPlugin`.
 *
 * Activity names and shapes stand in histories: they are changed by addition only.
 */
import type { DuvoClient } from '../duvo';
import { createRunActivities } from './runs';

export function createDuvoActivities({ client }: { client: DuvoClient }) {
  return createRunActivities(client);
}

export type DuvoActivities = ReturnType<typeof createDuvoActivities>;

export type { AwaitRunChangeInput, PollSteps } from './await-run-change';
export { CallFailureTypes, RUN_UNCHANGED } from './failures';
export type { RunLook } from './run-look';
export type { LastReply, LastReplyInput, RespondInput, RespondVerdict, StartRunInput } from './runs';
