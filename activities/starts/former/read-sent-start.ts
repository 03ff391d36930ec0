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

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The activity that starts a run. */
const START_ACTIVITY = 'startRun';

const { CONTINUE_AS_NEW_INITIATOR_WORKFLOW } = temporal.api.enums.v1.ContinueAsNewInitiator;

/**
 * Reads the start of an execution; `undefined` when it scheduled none. An execution that continued another one as new has
 * that one's start: the start is sent before the first continue-as-new. The earliest start counts, because a person may
 * have had an ambiguous start sent again.
 *
 * @param needsRunId whether to read on until the start's response. @default true
 */
export async function readSentStart(
  client: Client,
  workflowId: string,
  executionRunId: string,
  { needsRunId = true } = {},
): Promise<SentStart | undefined> {
  let start: SentStart | undefined;
  let runId: string | undefined;
  for (let at: string | undefined = executionRunId; at;) {
    const found: StartEvents = await findStartEvents(readEvents(client, workflowId, at), needsRunId && !runId);
    if (found.completed) runId = await readRunId(client, workflowId, found.completed);
    if (found.scheduled) start = await readScheduledStart(client, workflowId, found.scheduled);
    at = found.continuedRunId;
  }
  return start && { ...start, ...(runId !== undefined && { runId }) };
}

interface StartEvents {
  scheduled?: HistoryEvent;
  completed?: HistoryEvent;
  /** The Temporal run id of the execution that continued as this one. */
  continuedRunId?: string;
}

async function findStartEvents(events: AsyncIterable<HistoryEvent>, needsCompletion: boolean): Promise<StartEvents> {
  const found: StartEvents = {};
  const startIds = new Set<string>();
  for await (const event of events) {
    const {
      workflowExecutionStartedEventAttributes: started,
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskCompletedEventAttributes: completed,
    } = event;
    // A retry and a cron run continue an execution, too, but each of them has a start of its own.
    if (started?.initiator === CONTINUE_AS_NEW_INITIATOR_WORKFLOW && started.continuedExecutionRunId)
      found.continuedRunId = started.continuedExecutionRunId;
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
async function* readEvents(client: Client, workflowId: string, runId: string): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | null | undefined;
  try {
    do {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
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

/** Decodes the input or the result of an activity. */
async function readFirstPayload(client: Client, workflowId: string, payloads?: Payload[] | null): Promise<unknown> {
  const { namespace, loadedDataConverter } = client.options;
  const { payloadCodecs, payloadConverter } = loadedDataConverter;
  const context: SerializationContext = { type: 'activity', namespace, workflowId, isLocal: false };
  let decoded = payloads ?? [];
  for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded, context);
  return arrayFromPayloads(payloadConverter, decoded, context)[0];
}
