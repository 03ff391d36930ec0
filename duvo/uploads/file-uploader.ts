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

/** Statuses of an upload URL that a new URL may fix: for a repeated key, Duvo may have returned the old URL, which has expired. */
const EXPIRED_URL_STATUSES: readonly unknown[] = [400, 401, 403, 404, 410];

/** Uploads a file: up to 10 MB as a form to the Duvo API, a larger one to an upload URL. @throws DuvoError */
export class FileUploader {
  readonly #transport: HttpTransport;
  readonly #call: Call;

  constructor(transport: HttpTransport, call: Call) {
    this.#transport = transport;
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
      // When the file could not be read, the broken connection is only the consequence.
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
 * Creates a streamed form with a file. Every attempt with one idempotency key sends the same bytes, because Duvo may compare
 * them. The boundary is therefore derived from the key, not from a random number.
 */
function createUploadForm(file: FileSource, path: string | undefined, idempotencyKey: string): UploadBody {
  const form = new FormData();
  form.setBoundary(`duvo-temporal-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}`);
  // The path precedes the file, so that a server that reads the form as a stream knows where to write the file.
  if (path !== undefined) form.append('path', path);
  form.append('file', Buffer.alloc(0), { filename: file.name, contentType: 'application/octet-stream' });
  const emptyForm = form.getBuffer();
  // The content of the file replaces the empty buffer, which stands before the line break and the last boundary.
  const end = Buffer.from(`\r\n--${form.getBoundary()}--\r\n`);
  const start = emptyForm.subarray(0, emptyForm.length - end.length);
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
