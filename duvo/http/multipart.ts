import { createHash } from 'node:crypto';
import FormData from 'form-data';
import type { FileSource } from '../uploads/file-source';
import type { UploadBody } from './request';

/**
 * A form with a file, as a stream. Every try of one idempotency key sends the same bytes: Duvo may compare them, so the
 * boundary comes from the key and nothing from chance or the clock.
 */
export function createUploadForm(file: FileSource, path: string | undefined, idempotencyKey: string): UploadBody {
  const form = new FormData();
  form.setBoundary(`duvo-temporal-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}`);
  // Before the file: who reads the form as a stream wants to know where it goes.
  if (path !== undefined) form.append('path', path);
  form.append('file', Buffer.alloc(0), { filename: file.name, contentType: 'application/octet-stream' });
  const whole = form.getBuffer();
  // The file's content goes where the empty one is: before the line break and the last boundary.
  const end = Buffer.from(`\r\n--${form.getBoundary()}--\r\n`);
  const start = whole.subarray(0, whole.length - end.length);
  return {
    contentType: `multipart/form-data; boundary=${form.getBoundary()}`,
    contentLength: start.length + file.size + end.length,
    async *read() {
      yield start;
      yield* file.read();
      yield end;
    },
  };
}
