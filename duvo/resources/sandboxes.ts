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
   * Sends a file of this machine into a sandbox, streamed from the disk: up to 10 MB to Duvo itself, a larger one (up to
   * 5 GB) to an upload URL that Duvo gives. A file that changes meanwhile is not taken. Dialect `v2` only.
   */
  uploadFile(input: UploadFileInput, options: MutationOptions): Promise<UploadedFile> {
    return this.#call('sandboxes.uploadFile', input, options);
  }

  /** Where a file over 10 MB is sent. Dialect `v2` only. */
  createUploadUrl(sandboxId: string, path: string, options: MutationOptions): Promise<UploadUrl> {
    return this.#call('sandboxes.createUploadUrl', { sandboxId, path }, options);
  }

  /** What is in a folder of the sandbox. Dialect `v2` only. @param path default: Duvo's, `/workspace` */
  files(sandboxId: string, path?: string, options?: CallOptions): Promise<SandboxFile[]> {
    return this.#call('sandboxes.files', { sandboxId, path }, options);
  }
}
