import type { DuvoClient } from '../duvo';
import { changing, reading } from './resource-call';

/** Messages of a run. */
export function createMessageActivities(client: DuvoClient) {
  return {
    listMessages: reading(client, 'runs.messages'),
    /** Resumes a waiting, completed or interrupted run. A run that is running does not take it: `Duvo.Conflict`. */
    postMessage: changing(client, 'runs.postMessage'),
  };
}
