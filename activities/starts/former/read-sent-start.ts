import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import type { StartRunInput } from '../search/start-run-input';

/** A start that may have been sent, as the history of its workflow shows it. */
export interface SentStart extends StartRunInput {
  /** When the start was scheduled. */
  sentAtMs: number;
  /** Absent while the response is missing. */
  runId?: string;
}

/** The activity that starts a run. */
const START_ACTIVITY = 'startRun';

/** A start is one of the first commands of its workflow. */
const MAX_EVENTS = 200;

/** Reads the start of one execution; `undefined` when it scheduled none. */
export async function readSentStart(
  client: Client,
  workflowId: string,
  executionRunId: string,
): Promise<SentStart | undefined> {
  const { namespace, loadedDataConverter } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId: executionRunId },
    maximumPageSize: MAX_EVENTS,
  });
  const events = history?.events ?? [];
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: scheduling }) => scheduling?.activityType?.name === START_ACTIVITY,
  );
  if (!scheduled) return undefined;
  const { input } = scheduled.activityTaskScheduledEventAttributes ?? {};
  const [startInput] = (await decodeArrayFromPayloads(loadedDataConverter, input?.payloads)) as [StartRunInput];
  const completed = events.find(({ activityTaskCompletedEventAttributes: completion }) =>
    completion?.scheduledEventId?.eq(scheduled.eventId ?? -1),
  );
  const { result } = completed?.activityTaskCompletedEventAttributes ?? {};
  const [snapshot] = (await decodeArrayFromPayloads(loadedDataConverter, result?.payloads)) as [{ runId?: string }?];
  return {
    ...startInput,
    sentAtMs: Number(scheduled.eventTime?.seconds ?? 0) * 1_000,
    ...(snapshot?.runId && { runId: snapshot.runId }),
  };
}
