import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { OperationDescription } from '../operations/operation';
import { Refusal } from '../shared/refusal';
import type { ReceivedBytes } from '../resources/sandboxes';
import { type RequestBody, EMPTY_BODY } from './request-body';
import { readMultipart } from './read-multipart';

const MAX_TEXT_BODY_BYTES = 2 * 1024 * 1024;

/** Reads a request body in the format of its operation. Of a file it keeps only the size and the hash. */
export async function readBody(
  request: IncomingMessage,
  operation: OperationDescription | undefined,
): Promise<RequestBody> {
  const bodyType = operation?.bodyType ?? (request.method === 'GET' ? 'nothing' : 'json');
  if (bodyType === 'nothing') return EMPTY_BODY;
  if (bodyType === 'bytes') return readBytes(request);
  if (bodyType === 'multipart') return readMultipart(request);
  const text = await readText(request);
  if (text === undefined) return { ...EMPTY_BODY, isEmpty: false, refusal: new Refusal(413, 'payload_too_large') };
  const value = bodyType === 'form' ? Object.fromEntries(new URLSearchParams(text)) : tryParseJson(text);
  return { value, fingerprint: text, isEmpty: text === '' };
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_TEXT_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_TEXT_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

async function readBytes(request: IncomingMessage): Promise<RequestBody> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    hash.update(chunk);
  }
  const value: ReceivedBytes = { size, sha256: hash.digest('hex') };
  const refusal = request.headers['content-length'] === undefined ? new Refusal(411, 'length_required') : undefined;
  return { value, fingerprint: value.sha256, isEmpty: size === 0, refusal };
}

function tryParseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
