import { randomUUID } from 'node:crypto';
import type { Call, MutationOptions } from '../http/call';
import type { HttpTransport } from '../http/http-transport';
import { DuvoError } from '../errors/duvo-error';
import { FileSource } from './file-source';
import { MAX_DIRECT_UPLOAD_BYTES } from '../http/limits';
import type { UploadedFile, UploadFileInput } from '../model';
import { createUploadForm } from '../http/multipart';
import type { Operation } from '../operation';
import type { OperationRequest } from '../http/request';

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
