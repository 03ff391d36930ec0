import type { Payload, PayloadCodec } from '@temporalio/common';

const REQUEST_TIMEOUT_MS = 10_000;

/** A payload as JSON: bytes are base64, as in the JSON form of Protocol Buffers. */
interface JsonPayload {
  metadata?: Record<string, string>;
  data?: string;
}

export interface RemoteCodecOptions {
  /** Base URL of the codec server. */
  endpoint: string;
  /** Value of the header `Authorization`. */
  authorization?: string;
  namespace: string;
}

/**
 * A payload codec on an HTTP server, as Temporal's CLI and UI use it: `POST <endpoint>/encode` and `/decode`, with
 * `{"payloads": […]}` and the header `X-Namespace` (Temporal's documentation, "Codec Server").
 */
export class RemoteCodec implements PayloadCodec {
  constructor(private readonly options: RemoteCodecOptions) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return this.post('encode', payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return this.post('decode', payloads);
  }

  private async post(operation: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> {
    const { endpoint, authorization, namespace } = this.options;
    const url = `${endpoint.replace(/\/+$/, '')}/${operation}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-namespace': namespace,
        ...(authorization && { authorization }),
      },
      body: JSON.stringify({ payloads: payloads.map(toJson) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new Error(
        `the codec server ${endpoint} could not be reached: ${reason(error)}. Check TEMPORAL_CODEC_ENDPOINT`,
      );
    });
    if (!response.ok)
      throw new Error(
        `the codec server ${endpoint} answered ${response.status} to ${operation}. Check TEMPORAL_CODEC_ENDPOINT and TEMPORAL_CODEC_AUTH`,
      );
    const body = (await response.json().catch(() => undefined)) as { payloads?: JsonPayload[] } | undefined;
    if (!Array.isArray(body?.payloads) || body.payloads.length !== payloads.length)
      throw new Error(`the codec server ${endpoint} returned no list of ${payloads.length} payloads to ${operation}`);
    return body.payloads.map(fromJson);
  }
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const encoded = Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)] as const);
  return { metadata: Object.fromEntries(encoded), ...(data && { data: toBase64(data) }) };
}

function fromJson({ metadata, data }: JsonPayload): Payload {
  const decoded = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(decoded), data: Buffer.from(data ?? '', 'base64') };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
