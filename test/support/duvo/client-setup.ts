import type { DuvoClient, DuvoClientOptions } from '../../../duvo';
import { createClient, TestServer } from './http-test-server';

/** The HTTP server of the current test. */
export let server: TestServer;
/** The client of the current test, which sends its requests to the server. */
export let client: DuvoClient;

/** Starts a new server and a client of it for each test of the suite. */
export function setUpClient(options: DuvoClientOptions = {}): void {
  beforeEach(async () => {
    server = await TestServer.start();
    client = createClient(server, options);
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
}
