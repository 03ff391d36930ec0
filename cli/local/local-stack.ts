import { join } from 'node:path';
import { type DevServer, startDevServer } from '../../workers';
import { type ManagedProcess, startChild } from './child-process';

/** A Temporal dev server, a Duvo simulator and a worker, each in its own process on 127.0.0.1. */
export interface LocalStack {
  temporal: DevServer;
  duvo: { url: string; apiKey: string; teamId: string };
  currentWorker: () => ManagedProcess;
  startWorker(): Promise<ManagedProcess>;
  stop(): Promise<void>;
}

export interface LocalStackOptions {
  /** File that keeps Temporal's data across restarts. @default none */
  dbFile?: string;
  /** Port of Temporal's UI. @default no UI */
  uiPort?: number;
  /** Port of Temporal. @default a free one */
  port?: number;
  /** Duvo API dialect of the worker. @default 'v1' */
  dialect?: string;
  onProgress: (line: string) => void;
}

const DIST_DIR = join(__dirname, '..', '..');

export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { dbFile, uiPort, port, dialect, onProgress } = options;
  const temporal = await startDevServer({ dbFile, uiPort, port, onProgress });
  onProgress(`Temporal: ${temporal.address} (${temporal.source})`);
  const children: ManagedProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()));
    await temporal.stop();
  };
  try {
    const simulator = await startChild(join(DIST_DIR, 'testing', 'simulator', 'main.js'), [], {});
    children.push(simulator);
    const duvo = simulator.readyMessage as LocalStack['duvo'];
    onProgress(`Duvo simulator: ${duvo.url}`);
    const startWorker = async () => {
      const worker = await startChild(join(DIST_DIR, 'workers', 'main.js'), [], {
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        DUVO_API_KEY: duvo.apiKey,
        DUVO_API_KEY_FILE: '',
        DUVO_API_BASE_URL: duvo.url,
        DUVO_API_DIALECT: dialect ?? '',
        DUVO_TEAM_ID: duvo.teamId,
        DUVO_REQUESTS_PER_MINUTE: 'unlimited',
        DUVO_HEALTH_PORT: '0',
      });
      children[1] = worker;
      onProgress(`worker: process ${worker.pid}`);
      return worker;
    };
    await startWorker();
    return { temporal, duvo, currentWorker: () => children[1] as ManagedProcess, startWorker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
