import { createHash } from 'node:crypto';
import FormData from 'form-data';
import { DuvoError } from '../errors/duvo-error';
import type { HttpTransport } from '../http/http-transport';
import type { OperationRequest, UploadBody } from '../http/request';
import type { UploadFileInput, UploadedFile } from '../model';
import { MAX_DIRECT_UPLOAD_BYTES } from '../model/limits';
import type { Operation } from '../model/operation';
import type { Call, MutationOptions } from '../model/operation-types';
import { FileSource } from './file-source';
import { randomUUID } from 'node:crypto';

/** Answers of an upload URL that a fresh one may mend: Duvo may have given the same, meanwhile expired one again. */
const EXPIRED_URL_STATUSES: readonly unknown[] = [400, 401, 403, 404, 410];

/** Sends a file to Duvo: up to 10 MB as a form, beyond to an upload URL. @throws DuvoError */
export class FileUploader {
  readonly #transport: HttpTransport;
  readonly #call: Call;

  constructor(caller: HttpTransport, call: Call) {
    this.#transport = caller;
    this.#call = call;
  }

  /** @param request the request without its body */
  async send(
    operation: Operation<UploadedFile, UploadFileInput>,
    input: UploadFileInput,
    request: OperationRequest,
    options: MutationOptions,
  ): Promise<UploadedFile> {
    const file = await FileSource.open(operation, input.file);
    try {
      if (file.size > MAX_DIRECT_UPLOAD_BYTES) return await this.#sendToUrl(operation, input, file, options);
      const upload = createUploadForm(file, input.path, options.idempotencyKey);
      return await this.#transport.call(operation, input, { ...request, text: undefined, upload }, options.signal);
    } catch (error) {
      // That the connection broke is only what came of it.
      throw file.failure ?? error;
    } finally {
      await file.close();
    }
  }

  async #sendToUrl(
    operation: Operation<UploadedFile, UploadFileInput>,
    { sandboxId, path }: UploadFileInput,
    file: FileSource,
    options: MutationOptions,
  ): Promise<UploadedFile> {
    const put = async (idempotencyKey: string): Promise<UploadedFile> => {
      const urlInput = { sandboxId, path: path ?? `/workspace/${file.name}` };
      const target = await this.#call('sandboxes.createUploadUrl', urlInput, { ...options, idempotencyKey });
      const upload = { contentType: 'application/octet-stream', contentLength: file.size, read: () => file.read() };
      await this.#transport.putFile(operation, new URL(target.url), upload, options.signal);
      return { path: target.path, sizeBytes: file.size };
    };
    try {
      return await put(options.idempotencyKey);
    } catch (error) {
      const isRefused =
        error instanceof DuvoError && error.method === 'PUT' && EXPIRED_URL_STATUSES.includes(error.status);
      if (!isRefused) throw error;
      return put(randomUUID());
    }
  }
}

/**
 * A form with a file, as a stream. Every try of one idempotency key sends the same bytes: Duvo may compare them, so the
 * boundary comes from the key and nothing from chance or the clock.
 */
function createUploadForm(file: FileSource, path: string | undefined, idempotencyKey: string): UploadBody {
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
