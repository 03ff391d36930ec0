import { type Client, WorkflowClient, type WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter, type LoadedDataConverter, type Payload, type PayloadCodec } from '@temporalio/common';

/** The value of a memo field that this client cannot decode. */
interface UnreadableValue {
  unreadableEncoding: string;
}

const readers = new WeakMap<Client, WorkflowClient>();

/**
 * Returns a client for lists and descriptions that survives memos which it cannot decode: such a field becomes a marker.
 * With the SDK's own client, one memo that was encrypted with another key ends the whole list with an error.
 */
export function memoReader(client: Client): WorkflowClient {
  const known = readers.get(client);
  if (known) return known;
  const { connection } = client;
  const { namespace, dataConverter, loadedDataConverter } = client.options;
  const reader = new WorkflowClient({
    connection,
    namespace,
    dataConverter: { ...dataConverter, payloadCodecs: [new TolerantCodec(loadedDataConverter)] },
  });
  readers.set(client, reader);
  return reader;
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

function isUnreadable(value: unknown): value is UnreadableValue {
  return typeof value === 'object' && value !== null && 'unreadableEncoding' in value;
}

/** Decodes each payload separately with the client's own codecs, and replaces a payload that cannot be decoded. */
class TolerantCodec implements PayloadCodec {
  constructor(private readonly converter: LoadedDataConverter) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.decodeOne(payload)));
  }

  private async decodeOne(payload: Payload): Promise<Payload> {
    const { payloadCodecs, payloadConverter } = this.converter;
    try {
      let decoded = [payload];
      for (const codec of [...payloadCodecs].reverse()) decoded = await codec.decode(decoded);
      const [only] = decoded;
      if (only === undefined) throw new Error('the codec returned no payload');
      payloadConverter.fromPayload(only);
      return only;
    } catch {
      const encoding = Buffer.from(payload.metadata?.['encoding'] ?? []).toString() || 'unknown';
      const marker: UnreadableValue = { unreadableEncoding: encoding };
      return defaultPayloadConverter.toPayload(marker);
    }
  }
}
