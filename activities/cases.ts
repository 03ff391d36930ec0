import type { DuvoClient } from '../duvo';
import { changing, reading } from './resource-call';

/** Cases of queues. */
export function createCaseActivities(client: DuvoClient) {
  return {
    /** 1 to 100 cases; the result is in their order. */
    createCases: changing(client, 'cases.create'),
    getCase: reading(client, 'cases.get'),
    listCases: reading(client, 'cases.list'),
    listCaseRuns: reading(client, 'cases.runs'),
  };
}
