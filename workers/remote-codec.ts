import type { Payload, PayloadCodec } from '@temporalio/common';
import { type Dispatcher, request } from 'undici';
import { createOutboundAgent } from '../http/outbound-agent';
import { takeBasicAuthorization } from '../http/url-credentials';

/** Time for one request, from the connection to the end of the response. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A message of Temporal has at most 4 MB, and its payloads may be compressed. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** A payload as JSON: bytes are base64, as in the JSON form of Protocol Buffers. */
interface JsonPayload {
  metadata?: Record<string, string>;
  data?: string;
}

export interface RemoteCodecOptions {
  /** Base URL of the codec server. A user and a password in it are sent as basic authentication. */
  endpoint: string;
  /** Value of the header `Authorization`. It takes precedence over a user in the URL. */
  authorization?: string;
  namespace: string;
}

/**
 * A payload codec on an HTTP server, as Temporal's CLI and UI use it: `POST <endpoint>/encode` and `/decode`, with
 * `{"payloads": […]}` and the header `X-Namespace` (Temporal's documentation, "Codec Server"). Redirects are refused, since
 * they would send payloads to another server. Errors show only the origin of the URL, because the rest may hold a secret.
 */
export class RemoteCodec implements PayloadCodec {
  private readonly url: URL;
  private readonly headers: Record<string, string>;
  private readonly agent: Dispatcher;

  /** @throws Error for an endpoint that is no http or https URL, and ProxyVariableError */
  constructor({ endpoint, authorization, namespace }: RemoteCodecOptions) {
    if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint))
      throw new Error('TEMPORAL_CODEC_ENDPOINT must be an http or https URL, such as http://localhost:8081');
    this.url = new URL(endpoint);
    const credentials = takeBasicAuthorization(this.url);
    this.headers = {
      'content-type': 'application/json',
      'x-namespace': namespace,
      ...((authorization || credentials) && { authorization: authorization || credentials }),
    };
    this.agent = createOutboundAgent({ connectMs: REQUEST_TIMEOUT_MS });
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    return this.post('encode', payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return this.post('decode', payloads);
  }

  private async post(operation: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> {
    const { status, body } = await this.request(operation, JSON.stringify({ payloads: payloads.map(toJson) }));
    if (status >= 300 && status < 400)
      throw this.error(`redirects ${operation}, which is refused. Put the final URL into TEMPORAL_CODEC_ENDPOINT`);
    if (status < 200 || status >= 300)
      throw this.error(`answered ${status} to ${operation}. Check TEMPORAL_CODEC_ENDPOINT and TEMPORAL_CODEC_AUTH`);
    const decoded = parsePayloads(body);
    if (decoded?.length !== payloads.length)
      throw this.error(`returned no list of ${payloads.length} payloads to ${operation}`);
    return decoded.map(fromJson);
  }

  private async request(operation: string, body: string): Promise<{ status: number; body: string }> {
    const url = new URL(this.url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${operation}`;
    let bytes = 0;
    const chunks: Buffer[] = [];
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const { headers, agent: dispatcher } = this;
      const response = await request(url, { method: 'POST', headers, body, signal, dispatcher });
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        // The end of this loop closes the connection.
        if (bytes > MAX_RESPONSE_BYTES) break;
        chunks.push(chunk);
      }
      if (bytes <= MAX_RESPONSE_BYTES) return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
    } catch (error) {
      throw this.error(`could not be reached: ${reason(error)}. Check TEMPORAL_CODEC_ENDPOINT`);
    }
    throw this.error(`returned more than ${MAX_RESPONSE_BYTES} bytes to ${operation}`);
  }

  private error(problem: string): Error {
    return new Error(`the codec server ${this.url.origin} ${problem}`);
  }
}

function parsePayloads(body: string): JsonPayload[] | undefined {
  try {
    const { payloads } = JSON.parse(body) as { payloads?: unknown };
    return Array.isArray(payloads) ? payloads : undefined;
  } catch {
    return undefined;
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
  const { code, name, message } = error as Error & { code?: unknown };
  if (name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  return typeof code === 'string' ? code : message;
}
