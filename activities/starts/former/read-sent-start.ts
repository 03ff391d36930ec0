import type { Client } from '@temporalio/client';
import { arrayFromPayloads, type Payload, type SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { StartRunInput as StartContent } from '../../../duvo';
import { isDeleted } from '../search/temporal-client';

/** A start that may have been sent, as the history of its workflow shows it. */
export interface SentStart extends StartContent {
  /** The key of the start. */
  key: string;
  /** When the start was scheduled. */
  sentAtMs: number;
  /** Absent while the response is missing. */
  runId?: string;
}

/** The start, or the response to it, was encoded in a way that the worker's data converter lacks. */
export class UndecodableStartError extends Error {}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The activity that starts a run. */
const START_ACTIVITY = 'startRun';

const { CONTINUE_AS_NEW_INITIATOR_WORKFLOW } = temporal.api.enums.v1.ContinueAsNewInitiator;

/**
 * Reads the start of an execution; `undefined` when it scheduled none. An execution that continued another one as new has
 * that one's start: the start is sent before the first continue-as-new. The earliest start counts, because a person may
 * have had an ambiguous start sent again. The response to that second start is in the last execution, because an execution
 * that has the response shows the run's id as a search attribute.
 *
 * @param needsRunId whether to read on until the start's response. @default true
 */
export async function readSentStart(
  client: Client,
  workflowId: string,
  executionRunId: string,
  { needsRunId = true } = {},
): Promise<SentStart | undefined> {
  const firstRunId = await findFirstExecution(client, workflowId, executionRunId);
  const first = await findStartEvents(readEvents(client, workflowId, firstRunId), needsRunId);
  const last =
    needsRunId && firstRunId !== executionRunId
      ? await findStartEvents(readEvents(client, workflowId, executionRunId), needsRunId)
      : first;
  const scheduled = first.scheduled ?? last.scheduled;
  const completed = first.completed ?? last.completed;
  if (!scheduled) return undefined;
  const runId = completed && (await readRunId(client, workflowId, completed));
  return { ...(await readScheduledStart(client, workflowId, scheduled)), ...(runId !== undefined && { runId }) };
}

interface StartEvents {
  scheduled?: HistoryEvent;
  completed?: HistoryEvent;
}

/**
 * Returns the first execution of a chain of continue-as-new that Temporal has not deleted. A long chain has millions of
 * events, so only the first event of each execution is read.
 */
async function findFirstExecution(client: Client, workflowId: string, executionRunId: string): Promise<string> {
  let first = executionRunId;
  for (let at: string | undefined = executionRunId; at;) {
    const started = await readStartedEvent(client, workflowId, at);
    if (!started) break;
    first = at;
    // A retry and a cron run continue an execution, too, but each of them has a start of its own.
    const isContinued = started.initiator === CONTINUE_AS_NEW_INITIATOR_WORKFLOW;
    at = isContinued ? (started.continuedExecutionRunId ?? undefined) : undefined;
  }
  return first;
}

async function readStartedEvent(client: Client, workflowId: string, runId: string) {
  for await (const { workflowExecutionStartedEventAttributes: started } of readEvents(client, workflowId, runId, 1))
    return started;
  return undefined;
}

async function findStartEvents(events: AsyncIterable<HistoryEvent>, needsCompletion: boolean): Promise<StartEvents> {
  const found: StartEvents = {};
  const startIds = new Set<string>();
  for await (const event of events) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed } = event;
    if (scheduled?.activityType?.name === START_ACTIVITY) {
      startIds.add(String(event.eventId));
      found.scheduled ??= event;
    }
    if (startIds.has(String(completed?.scheduledEventId))) found.completed = event;
    if (found.scheduled && (found.completed || !needsCompletion)) break;
  }
  return found;
}

/** Reads the events in pages, whose size the server limits, because a history may have 50 MB. A deleted one has none. */
async function* readEvents(
  client: Client,
  workflowId: string,
  runId: string,
  maximumPageSize?: number,
): AsyncGenerator<HistoryEvent, undefined> {
  let nextPageToken: Uint8Array | null | undefined;
  try {
    do {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        ...(maximumPageSize && { maximumPageSize }),
        ...(nextPageToken && { nextPageToken }),
      });
      yield* page.history?.events ?? [];
      ({ nextPageToken } = page);
    } while (nextPageToken?.length);
  } catch (error) {
    // The retention of the earlier executions of a long run is over while the run continues.
    if (!isDeleted(error)) throw error;
  }
}

async function readScheduledStart(client: Client, workflowId: string, event: HistoryEvent): Promise<SentStart> {
  const { input } = event.activityTaskScheduledEventAttributes ?? {};
  const startInput = (await readFirstPayload(client, workflowId, input?.payloads)) as StartContent & { key: string };
  return { ...startInput, sentAtMs: Number(event.eventTime?.seconds ?? 0) * 1_000 };
}

async function readRunId(client: Client, workflowId: string, event: HistoryEvent): Promise<string | undefined> {
  const { result } = event.activityTaskCompletedEventAttributes ?? {};
  const snapshot = (await readFirstPayload(client, workflowId, result?.payloads)) as { runId?: string } | undefined;
  return snapshot?.runId || undefined;
}

/**
 * Decodes the input or the result of an activity.
 *
 * @throws UndecodableStartError when the payload was encoded in a way that this worker's data converter lacks
 */
async function readFirstPayload(client: Client, workflowId: string, payloads?: Payload[] | null): Promise<unknown> {
  const { namespace, loadedDataConverter } = client.options;
  const { payloadCodecs, payloadConverter } = loadedDataConverter;
  const context: SerializationContext = { type: 'activity', namespace, workflowId, isLocal: false };
  let decoded = payloads ?? [];
  try {
    for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded, context);
    return arrayFromPayloads(payloadConverter, decoded, context)[0];
  } catch (cause) {
    throw new UndecodableStartError('the start of a former workflow cannot be decoded', { cause });
  }
}
