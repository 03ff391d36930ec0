import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handleControlRequest } from './control-routes';
import { DIALECT_WRITERS } from './dialects';
import { send } from './http/send';
import { Refusal } from './shared/refusal';
import { SimulatorBase } from './simulator-base';
import type { SimulatorOptions } from './simulator-options';

/**
 * A stand-in for the Duvo service over real HTTP, in both dialects. It is written from the API's documented facts alone,
 * accepts only valid requests, follows a scenario for each agent, injects faults, and records all requests in a ledger.
 * It is a test tool: never expose it to a network.
 */
export class DuvoSimulator extends SimulatorBase {
  private readonly server: Server;
  private origin = '';

  private constructor(options: SimulatorOptions) {
    super(options);
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.keepAliveTimeout = 60_000;
  }

  /** Starts a simulator. @throws Error when the port is in use */
  static async start(options: SimulatorOptions = {}): Promise<DuvoSimulator> {
    const simulator = new DuvoSimulator(options);
    const { server } = simulator;
    const host = options.host ?? '127.0.0.1';
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => {
        const isPortInUse = error.code === 'EADDRINUSE';
        reject(isPortInUse ? new Error(`port ${options.port} on ${host} is in use: choose another port`) : error);
      };
      server.once('error', onError).listen(options.port ?? 0, host, resolve);
    });
    simulator.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
    return simulator;
  }

  get url(): string {
    return this.origin;
  }

  protected get isClosing(): boolean {
    return !this.server.listening;
  }

  async close(): Promise<void> {
    this.faults.releaseAll();
    this.workspace.webhooks.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url?.startsWith('/_simulator/')) send(response, await handleControlRequest(this, request));
      else await this.service.serve(request, response);
    } catch (error) {
      if (response.destroyed || response.headersSent) return void response.destroy();
      send(response, DIALECT_WRITERS.v1.refusal(error instanceof Refusal ? error : new Refusal(500, 'internal')));
    }
  }
}
