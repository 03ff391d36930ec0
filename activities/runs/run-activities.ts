import type { DuvoClient } from '../../duvo';
import { createAwaitRunChange } from './await-run-change';
import { createDeliverAnswer } from './deliver-answer';
import { type LastReplyInput, readLastReply } from './read-last-reply';
import { resumeRun, type ResumeRunInput } from './resume-run';
import { readRun, type RunSnapshot } from './run-snapshot';
import { stopRun, type StopRunInput } from './stop-run';

export interface GetRunInput {
  runId: string;
  /** How long the read is retried while Duvo's answers say nothing about the run, in milliseconds. */
  faultTimeoutMs: number;
}

/** Creates the activities of the workflow `agentRun`. Each attempt makes one HTTP request; Temporal retries. */
export function createRunActivities(client: DuvoClient) {
  return {
    awaitRunChange: createAwaitRunChange(client),
    getRun: ({ runId, faultTimeoutMs }: GetRunInput): Promise<RunSnapshot> => readRun(client, runId, faultTimeoutMs),
    respondToHumanRequest: createDeliverAnswer(client),
    resumeRun: (input: ResumeRunInput) => resumeRun(client, input),
    stopRun: (input: StopRunInput) => stopRun(client, input),
    readLastReply: (input: LastReplyInput) => readLastReply(client, input),
  };
}
