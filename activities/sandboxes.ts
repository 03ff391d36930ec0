import type { DuvoClient, Sandbox } from '../duvo';
import { change, type Keyed, reading } from './resource-call';

/** Sandboxes and their files. */
export function createSandboxActivities(client: DuvoClient) {
  return {
    createSandbox: ({ key }: Keyed<object>): Promise<Sandbox> =>
      change('sandboxes.create', key, {}, (options) => client.sandboxes.create(options)),
    listSandboxFiles: reading(client, 'sandboxes.files'),
  };
}
