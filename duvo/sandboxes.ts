import type { Call, CallOptions, MutationOptions } from './call';
import type { Sandbox, SandboxFile, UploadUrl } from './model';

/** Sandboxes and their files. Each method makes one HTTP request and throws `DuvoError`. */
export class Sandboxes {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  create(options: MutationOptions): Promise<Sandbox> {
    return this.#call('sandboxes.create', {}, options);
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
