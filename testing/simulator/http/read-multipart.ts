import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { Refusal } from '../shared/refusal';
import type { SimulatedFile } from '../resources/sandboxes';
import { type RequestBody, EMPTY_BODY } from './request-body';

const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Reads the form fields `path` (optional) and `file` (exactly one). The file's content is hashed and not kept. */
export async function readMultipart(request: IncomingMessage): Promise<RequestBody> {
  const files: { field: string; name: string; size: number; sha256: string; isCut: boolean }[] = [];
  const fields: Record<string, string> = {};
  let isBroken = false;
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data;.*boundary="?[^";]/i.test(type)) {
    request.resume();
    return type.startsWith('multipart/form-data')
      ? refusedBody(422, 'validation_failed')
      : refusedBody(415, 'unsupported_media_type');
  }
  const busboy = new Busboy({
    headers: request.headers as BusboyHeaders,
    limits: { fileSize: MAX_FILE_BYTES, files: 2 },
  });
  const finished = new Promise<void>((resolve) => {
    // A truncated body raises an error on the file's stream as well as on the parser.
    const fail = () => {
      isBroken = true;
      resolve();
    };
    busboy.on('error', fail).once('finish', resolve);
    busboy.on('field', (name, value) => {
      fields[name] = value;
    });
    busboy.on('file', (field, stream, name) => {
      const hash = createHash('sha256');
      let size = 0;
      stream.on('error', fail);
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        hash.update(chunk);
      });
      stream.on('end', () => files.push({ field, name, size, sha256: hash.digest('hex'), isCut: stream.truncated }));
    });
  });
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (!isBroken) busboy.write(chunk);
  }
  if (!isBroken) busboy.end();
  await finished;
  const [file] = files;
  const hasUnexpectedFields = Object.keys(fields).some((name) => name !== 'path') || file?.field !== 'file';
  if (isBroken || !file || files.length > 1 || hasUnexpectedFields) return refusedBody(422, 'validation_failed');
  if (file.isCut) return refusedBody(413, 'payload_too_large');
  const value: SimulatedFile = { path: fields['path'] ?? file.name, size: file.size, sha256: file.sha256 };
  // The raw bytes are no fingerprint: each attempt may use another boundary between the parts.
  return { value, fingerprint: JSON.stringify(value), isEmpty: false };
}

function refusedBody(status: number, code: string): RequestBody {
  return { ...EMPTY_BODY, isEmpty: false, refusal: new Refusal(status, code) };
}
