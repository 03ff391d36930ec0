import { Client, type ClientOptions, Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import { startDevServer, startTimeSkippingServer } from '../../workers';

export interface TestTemporal {
  client: Client;
  nativeConnection: NativeConnection;
  stop(): Promise<void>;
}

/**
 * The SDK's private factory method. The public `createTimeSkipping` starts a server that continues to run when this process
 * is killed. Only the private method connects to an existing server and returns a client that skips time.
 */
interface EnvironmentFactory {
  create(options: {
    server: { type: 'existing' };
    address: string;
    namespace: string;
    supportsTimeSkipping: true;
    client: Pick<ClientOptions, 'interceptors'>;
  }): Promise<TestWorkflowEnvironment>;
}

/** Starts a Temporal server for tests, which ends with this process at the latest, and connects to it. */
export function startTemporal(
  timeSkipping: boolean,
  interceptors: ClientOptions['interceptors'],
): Promise<TestTemporal> {
  return timeSkipping ? startTimeSkipping(interceptors) : startDev(interceptors);
}

async function startTimeSkipping(interceptors: ClientOptions['interceptors']): Promise<TestTemporal> {
  const server = await startTimeSkippingServer();
  const environment = await (TestWorkflowEnvironment as unknown as EnvironmentFactory).create({
    server: { type: 'existing' },
    address: server.address,
    namespace: 'default',
    supportsTimeSkipping: true,
    client: { interceptors },
  });
  return {
    client: environment.client,
    nativeConnection: environment.nativeConnection,
    stop: async () => {
      await environment.teardown();
      await server.stop();
    },
  };
}

async function startDev(interceptors: ClientOptions['interceptors']): Promise<TestTemporal> {
  const server = await startDevServer();
  const { address, namespace } = server;
  const [connection, nativeConnection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    client: new Client({ connection, namespace, interceptors }),
    nativeConnection,
    stop: async () => {
      await Promise.all([connection.close(), nativeConnection.close()]);
      await server.stop();
    },
  };
}
