import {
  type Client,
  ScheduleClient,
  WorkflowClient,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import {
  defaultPayloadConverter,
  type LoadedDataConverter,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
} from '@temporalio/common';

/** The value of a memo field, or of a result, that this client cannot decode. */
export interface UnreadableValue {
  unreadableEncoding: string;
}

const readers = new WeakMap<Client, WorkflowClient>();
const scheduleReaders = new WeakMap<Client, ScheduleClient>();

/**
 * Returns a client for lists, descriptions and results that survives payloads which it cannot decode: such a payload becomes
 * a marker. With the SDK's own client, one memo that was encrypted with another key ends the whole list with an error.
 */
export function memoReader(client: Client): WorkflowClient {
  const known = readers.get(client);
  if (known) return known;
  const { interceptors } = client.workflow.options;
  const reader = new WorkflowClient({ ...tolerantOptions(client), interceptors });
  readers.set(client, reader);
  return reader;
}

/** Returns a client for lists and descriptions of schedules that survives payloads as {@link memoReader} does. */
export function scheduleReader(client: Client): ScheduleClient {
  const known = scheduleReaders.get(client);
  if (known) return known;
  const { interceptors } = client.schedule.options;
  const reader = new ScheduleClient({ ...tolerantOptions(client), interceptors });
  scheduleReaders.set(client, reader);
  return reader;
}

function tolerantOptions({ connection, options: { namespace, dataConverter, loadedDataConverter } }: Client) {
  const payloadCodecs = [new TolerantCodec(loadedDataConverter)];
  return { connection, namespace, dataConverter: { ...dataConverter, payloadCodecs } };
}

/**
 * Reads the description of a workflow, also when this client cannot decode its memo.
 *
 * @param runId @default the latest run of the workflow id
 */
export function describeWorkflow(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription> {
  return memoReader(client).getHandle(workflowId, runId).describe();
}

/** Reads a field of a workflow's memo; `undefined` also when the field cannot be decoded. */
export function readMemo<T>({ memo }: Pick<WorkflowExecutionInfo, 'memo'>, name: string): T | undefined {
  const value = memo?.[name];
  return isUnreadable(value) ? undefined : (value as T | undefined);
}

/** Whether a field of a workflow's memo cannot be decoded. */
export function hasUnreadableMemo({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): boolean {
  return Object.values(memo ?? {}).some(isUnreadable);
}

/** Whether a workflow's memo has a field, also one that cannot be decoded. */
export function hasMemo({ memo }: Pick<WorkflowExecutionInfo, 'memo'>, name: string): boolean {
  return memo?.[name] !== undefined;
}

/** Whether a value that {@link memoReader} returned stands for a payload that it cannot decode. */
export function isUnreadable(value: unknown): value is UnreadableValue {
  return typeof value === 'object' && value !== null && 'unreadableEncoding' in value;
}

/** Decodes each payload separately with the client's own codecs, and replaces a payload that cannot be decoded. */
class TolerantCodec implements PayloadCodec {
  constructor(private readonly converter: LoadedDataConverter) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads);
  }

  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.decodeOne(payload, context)));
  }

  private async decodeOne(payload: Payload, context: SerializationContext | undefined): Promise<Payload> {
    const { payloadCodecs, payloadConverter } = this.converter;
    try {
      let decoded = [payload];
      for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded, context);
      const [only] = decoded;
      if (only === undefined) throw new Error('the codec returned no payload');
      payloadConverter.fromPayload(only, context);
      return only;
    } catch {
      const encoding = Buffer.from(payload.metadata?.['encoding'] ?? []).toString() || 'unknown';
      const marker: UnreadableValue = { unreadableEncoding: encoding };
      return defaultPayloadConverter.toPayload(marker);
    }
  }
}
