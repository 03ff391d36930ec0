import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_TYPES, type SearchAttributeTypeName } from '../search-attributes';
import { findDevServer, type FindServerOptions } from './find-dev-server';
import { findFreePort, isPortFree, isPortOpen } from './ports';
import { ServerProcess } from './server-process';

/** A server that is not ready after this time has failed. */
const READY_TIMEOUT_MS = 60_000;

export interface DevServerOptions extends FindServerOptions {
  /** SQLite file that keeps the server's data over a restart. @default none: the data is lost when the server ends */
  dbFile?: string;
  /** @default '127.0.0.1' */
  ip?: string;
  /** @default a free port */
  port?: number;
  /** Port of Temporal's web UI. @default no UI */
  uiPort?: number;
  /** Namespaces to create in addition to `default`. The first one becomes the server's `namespace`. @default none */
  namespaces?: string[];
  /** Dynamic configuration of the server, such as `{ 'limit.historyCount.suggestContinueAsNew': 40 }`. */
  dynamicConfig?: Record<string, string | number | boolean>;
  /** Types of the search attributes to register, by name. @default SEARCH_ATTRIBUTE_TYPES */
  searchAttributes?: Record<string, SearchAttributeTypeName>;
  /** File that the server's output is appended to. @default none: the end of the output is kept for error messages */
  logFile?: string;
  /** @default the executable of `findDevServer` */
  executable?: { path: string; source: string };
}

export interface DevServer {
  /** Such as `127.0.0.1:23456`. */
  address: string;
  port: number;
  uiUrl?: string;
  namespace: string;
  pid: number;
  /** One line: which server is used, and why. */
  source: string;
  /** Ends the server: SIGTERM, then SIGKILL after 5 s. */
  stop(): Promise<void>;
  /** Sends a signal and waits until the server has ended. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a Temporal dev server as a child process. The server ends with this process and does not keep it alive. To
 * restart a server, start another one with the same `dbFile` and `port`.
 *
 * @throws Error with the end of the server's output when the server dies before it is ready, and the error of
 *   `findDevServer` when there is no executable
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const { ip = '127.0.0.1', env = process.env } = options;
  // Without this check, a foreign server on the port would pass for the one that is started here.
  if (options.port !== undefined && !(await isPortFree(ip, options.port))) {
    throw new Error(`the port ${options.port} on ${ip} is taken: choose another port for the Temporal dev server`);
  }
  const executable = options.executable ?? (await findDevServer(options));
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort(ip));
    const child = await ServerProcess.start(executable.path, devServerArguments(ip, port, options), {
      env: withoutTemporalVariables(env),
      logFile: options.logFile,
    });
    try {
      const namespace = options.namespaces?.[0] ?? 'default';
      await waitUntilReady(child, ip, port, namespace);
      return {
        address: `${ip}:${port}`,
        port,
        uiUrl: options.uiPort === undefined ? undefined : `http://${ip}:${options.uiPort}`,
        namespace,
        pid: child.pid,
        source: executable.source,
        stop: () => child.stop(),
        kill: (signal) => child.kill(signal),
      };
    } catch (error) {
      await child.kill('SIGKILL');
      // Another process took the port after it was found free.
      if (options.port === undefined && attempt < 3 && /address already in use/i.test(child.tail)) continue;
      throw error;
    }
  }
}

/** Returns the command line arguments of `temporal` for these options. */
export function devServerArguments(ip: string, port: number, options: DevServerOptions): string[] {
  const { dbFile, uiPort, namespaces = [], dynamicConfig = {}, searchAttributes = SEARCH_ATTRIBUTE_TYPES } = options;
  return [
    ...['server', 'start-dev', '--ip', ip, '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(dbFile === undefined ? [] : ['--db-filename', dbFile]),
    ...namespaces.flatMap((name) => ['--namespace', name]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

/** Removes Temporal's variables, which describe the real server and must not configure the dev server. */
function withoutTemporalVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** Waits until the namespace can be read over gRPC. */
async function waitUntilReady(child: ServerProcess, ip: string, port: number, namespace: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let problem = 'no process listens';
  // A gRPC channel backs off for a second when no process listens on the port, so the port is probed first.
  while (!(await isPortOpen(ip, port))) await delayOrThrow();
  const connection = Connection.lazy({ address: `${ip}:${port}` });
  try {
    for (;;) {
      try {
        await connection.withDeadline(Date.now() + 5_000, () =>
          connection.workflowService.describeNamespace({ namespace }),
        );
        if (child.isRunning) return;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      await delayOrThrow();
    }
  } finally {
    await connection.close();
  }

  async function delayOrThrow(): Promise<void> {
    // The server's output starts on the first line of the message, since the command shows only that line.
    if (!child.isRunning) {
      throw new Error(`the Temporal dev server on port ${port} ended at once: ${await child.readFinalOutput()}`);
    }
    if (Date.now() > deadline) {
      throw new Error(
        `the Temporal dev server on port ${port} was not ready after ${READY_TIMEOUT_MS / 1000} s (${problem}):\n${child.tail}`,
      );
    }
    await sleep(25);
  }
}
