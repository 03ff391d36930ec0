import type { DialectName, DuvoClient } from '../../../duvo';
import { createClient, TestServer } from './http-test-server';

export let server: TestServer;
export let client: DuvoClient;

/** Starts a server, and a client of a dialect, for each test of the suite. */
export const useDialectClient = (dialect: DialectName) => {
  beforeEach(async () => {
    server = await TestServer.start();
    client = createClient(server, { dialect, teamId: 'team-1' });
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
};
