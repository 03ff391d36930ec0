import type { DuvoClient } from '../duvo';
import { mutationActivity, readActivity } from './resource-call';

/** Cases of queues. */
export function createCaseActivities(client: DuvoClient) {
  return {
    /** 1 to 100 cases; the result is in their order. */
    createCases: mutationActivity(client, 'cases.create'),
    getCase: readActivity(client, 'cases.get'),
    listCases: readActivity(client, 'cases.list'),
    listCaseRuns: readActivity(client, 'cases.runs'),
  };
}
