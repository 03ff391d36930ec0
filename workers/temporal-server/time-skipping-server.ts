import { setTimeout as sleep } from 'node:timers/promises';
import type { FindServerOptions } from './find-dev-server';
import { findTimeSkippingServer } from './find-time-skipping-server';
import { findFreePort, isPortOpen } from './ports';
import { ServerProcess } from './server-process';

const READY_TIMEOUT_MS = 60_000;

export interface TimeSkippingServerOptions extends FindServerOptions {
  /** @default a free port */
  port?: number;
}

export interface TimeSkippingServer {
  address: string;
  pid: number;
  /** One line: which server is used, and why. */
  source: string;
  stop(): Promise<void>;
}

/**
 * Starts a time-skipping test server. Its time passes normally until a client unlocks time skipping, as the client of
 * `DuvoTestEnvironment` does while it waits for a result. The flag `--enable-time-skipping` is not used: with it, the server
 * may skip to the timeout of a workflow before a worker has received the first workflow task.
 *
 * @throws Error with the end of the server's output when the server dies before it is ready
 */
export async function startTimeSkippingServer(options: TimeSkippingServerOptions = {}): Promise<TimeSkippingServer> {
  const ip = '127.0.0.1';
  const { path, source } = await findTimeSkippingServer(options);
  const port = options.port ?? (await findFreePort(ip));
  const child = await ServerProcess.start(path, [String(port)], { env: options.env });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isPortOpen(ip, port))) {
    if (!child.isRunning) {
      throw new Error(`the time-skipping server on port ${port} ended at once: ${await child.readFinalOutput()}`);
    }
    if (Date.now() > deadline) {
      await child.kill('SIGKILL');
      throw new Error(
        `the time-skipping server on port ${port} was not ready after ${READY_TIMEOUT_MS / 1000} s:\n${child.tail}`,
      );
    }
    await sleep(25);
  }
  return { address: `${ip}:${port}`, pid: child.pid, source, stop: () => child.stop() };
}
