import type { DuvoClient, Sandbox, UploadedFile, UploadFileInput } from '../duvo';
import { cancellationSignal } from './http-attempt';
import { callMutation, type Keyed, readActivity } from './resource-call';

/** Sandboxes and their files. */
export function createSandboxActivities(client: DuvoClient) {
  return {
    createSandbox: ({ key }: Keyed<object>): Promise<Sandbox> =>
      callMutation('sandboxes.create', key, {}, (options) => client.sandboxes.create(options)),
    /**
     * Sends a file of the worker's own machine. Cut off when it is cancelled: sending it again does no harm.
     */
    uploadSandboxFile: ({ key, ...input }: Keyed<UploadFileInput>): Promise<UploadedFile> =>
      callMutation('sandboxes.uploadFile', key, input, (options) =>
        client.sandboxes.uploadFile(input, { ...options, signal: cancellationSignal() }),
      ),
    listSandboxFiles: readActivity(client, 'sandboxes.files'),
  };
}
