import type { DuvoClient } from '../duvo';
import { mutationActivity, readActivity } from './resource-call';

/** Messages of a run. */
export function createMessageActivities(client: DuvoClient) {
  return {
    listMessages: readActivity(client, 'runs.messages'),
    /** Resumes a waiting, completed or interrupted run. A run that is running does not take it: `Duvo.Conflict`. */
    postMessage: mutationActivity(client, 'runs.postMessage'),
  };
}
