import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hangingFolders } from '../activities';

/** State of the worker process. Only a `ready` worker polls for tasks. */
export type WorkerStatus = 'starting' | 'ready' | 'draining' | 'stopped';

export interface HealthOptions {
  host: string;
  /** 0 selects a free port. */
  port: number;
  /** Called for each request. */
  getStatus: () => WorkerStatus;
  /** Returned with the status. */
  taskQueues: string[];
}

export interface HealthServer {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves `GET /healthz` (200 while the process runs) and `GET /readyz` (200 while the worker polls for tasks, else 503).
 * Both return `{ status, taskQueues }`, and `hangingFolders` while the file system of a folder of `DUVO_SOURCE_ROOTS` does
 * not answer. Such a worker is ready, because it can do all other work.
 *
 * @throws Error that names the variable when the port is taken
 */
export async function startHealthServer({ host, port, getStatus, taskQueues }: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const currentStatus = getStatus();
    const code = path === '/healthz' ? 200 : path === '/readyz' ? (currentStatus === 'ready' ? 200 : 503) : 404;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    response.writeHead(isRead ? code : 405, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    const hanging = hangingFolders();
    const body = { status: currentStatus, taskQueues, ...(hanging.length > 0 && { hangingFolders: hanging }) };
    response.end(code === 404 || !isRead ? '{}' : JSON.stringify(body));
  });
  await listen(server, host, port);
  // The health endpoint alone must not keep the process alive.
  server.unref();
  const { port: actualPort } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${actualPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          error.code === 'EADDRINUSE'
            ? `the port ${port} of the health endpoint is taken: set DUVO_HEALTH_PORT to another one, to 0 for a free one, or to off`
            : `the health endpoint could not listen on ${host}:${port} (${error.code}): check DUVO_HEALTH_HOST and DUVO_HEALTH_PORT`,
          { cause: error },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
