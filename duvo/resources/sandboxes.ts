import type { Sandbox, SandboxFile, UploadFileInput, UploadUrl, UploadedFile } from '../model';
import type { Call, CallOptions, MutationOptions } from '../model/operation-types';

/** Sandboxes and their files. Each method but `uploadFile` makes one HTTP request; all throw `DuvoError`. */
export class Sandboxes {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  create(options: MutationOptions): Promise<Sandbox> {
    return this.#call('sandboxes.create', {}, options);
  }

  /**
   * Uploads a local file into a sandbox as a stream. A file of up to 10 MB is sent to the Duvo API, a larger one (up to 5 GB) to
   * an upload URL. The upload fails when the file changes meanwhile. Dialect `v2` only.
   */
  uploadFile(input: UploadFileInput, options: MutationOptions): Promise<UploadedFile> {
    return this.#call('sandboxes.uploadFile', input, options);
  }

  /** Requests an upload URL for a file over 10 MB. Dialect `v2` only. */
  createUploadUrl(sandboxId: string, path: string, options: MutationOptions): Promise<UploadUrl> {
    return this.#call('sandboxes.createUploadUrl', { sandboxId, path }, options);
  }

  /** Lists the files of a folder in the sandbox. Dialect `v2` only. @param path the folder; Duvo's default is `/workspace` */
  files(sandboxId: string, path?: string, options?: CallOptions): Promise<SandboxFile[]> {
    return this.#call('sandboxes.files', { sandboxId, path }, options);
  }
}
