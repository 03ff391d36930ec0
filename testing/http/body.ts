import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import type { OperationDescription } from '../description/operation';
import { Refusal } from '../refusal';
import type { ReceivedBytes, ReceivedFile } from './files';

/** A request's body. */
export interface Body {
  /** What it says; `undefined` when there is none, or it cannot be read. */
  value: unknown;
  /** The same for the same bytes. */
  fingerprint: string;
  isEmpty: boolean;
  /** Why it is refused, once it is known who asks. */
  refusal?: Refusal;
}

const JSON_LIMIT = 2 * 1024 * 1024;
const FILE_LIMIT = 10 * 1024 * 1024;

const NOTHING: Body = { value: undefined, fingerprint: '', isEmpty: true };

/** Reads a body as its operation takes it. Files are counted and hashed, never kept. */
export async function readBody(request: IncomingMessage, operation: OperationDescription | undefined): Promise<Body> {
  const takes = operation?.takes ?? (request.method === 'GET' ? 'nothing' : 'json');
  if (takes === 'nothing') return NOTHING;
  if (takes === 'bytes') return readBytes(request);
  if (takes === 'multipart') return readMultipart(request);
  const text = await readText(request);
  if (text === undefined) return { ...NOTHING, isEmpty: false, refusal: new Refusal(413, 'payload_too_large') };
  const value = takes === 'form' ? Object.fromEntries(new URLSearchParams(text)) : tryJson(text);
  return { value, fingerprint: text, isEmpty: text === '' };
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= JSON_LIMIT) chunks.push(chunk);
  }
  return size > JSON_LIMIT ? undefined : Buffer.concat(chunks).toString('utf8');
}

async function readBytes(request: IncomingMessage): Promise<Body> {
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

/** The fields `path` (at most one) and `file` (just one). */
async function readMultipart(request: IncomingMessage): Promise<Body> {
  const files: { name: string; size: number; sha256: string; isCut: boolean }[] = [];
  const fields: Record<string, string> = {};
  let broken = false;
  const refused = (status: number, code: string): Body => ({
    ...NOTHING,
    isEmpty: false,
    refusal: new Refusal(status, code),
  });
  if (!request.headers['content-type']?.startsWith('multipart/form-data')) {
    for await (const _chunk of request);
    return refused(415, 'unsupported_media_type');
  }
  if (!/;\s*boundary="?[^";]/i.test(request.headers['content-type'])) {
    for await (const _chunk of request);
    return refused(422, 'validation_failed');
  }
  const busboy = new Busboy({ headers: request.headers as BusboyHeaders, limits: { fileSize: FILE_LIMIT, files: 2 } });
  busboy.on('field', (name, value) => {
    fields[name] = value;
  });
  busboy.on('file', (field, stream, name) => {
    const hash = createHash('sha256');
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      hash.update(chunk);
    });
    stream.on('end', () => {
      if (field !== 'file') broken = true;
      files.push({ name, size, sha256: hash.digest('hex'), isCut: stream.truncated });
    });
  });
  const finished = new Promise<void>((resolve) => {
    busboy.once('finish', resolve).once('error', () => {
      broken = true;
      resolve();
    });
  });
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (!broken) busboy.write(chunk);
  }
  busboy.end();
  await finished;
  const [file] = files;
  const extra = Object.keys(fields).some((name) => name !== 'path');
  if (broken || !file || files.length > 1 || extra) return refused(422, 'validation_failed');
  if (file.isCut) return refused(413, 'payload_too_large');
  const value: ReceivedFile = { path: fields['path'] ?? file.name, size: file.size, sha256: file.sha256 };
  // Not of the raw bytes: the boundary between the parts is another one in each try.
  return { value, fingerprint: JSON.stringify(value), isEmpty: false };
}

function tryJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
