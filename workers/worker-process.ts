import { Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { readWorkerConfig, type WorkerConfig } from './config';
import { connectToTemporal } from './connect';
import { type HealthServer, startHealthServer, type WorkerStatus } from './health';
import { createLogger, createTemporalLogger } from './logger';
import { onShutdownSignals } from './shutdown-signals';
import { DuvoPlugin } from './plugin';
import { warnOfUnusableDuvo } from './warn-of-duvo';
import { workflowSource } from './workflow-source';

/** Message that the worker process sends to its parent, over a message channel if there is one, once it polls for tasks. */
export interface ReadyMessage {
  ready: true;
  /** URL of the health endpoint. Absent when the endpoint is off. */
  health?: string;
}

/**
 * Runs workflows and Duvo activities, configured by environment variables, until SIGTERM or SIGINT; then the process
 * drains. A second signal ends the process at once.
 *
 * Never rejects: a failure is logged as one line and sets `process.exitCode` to 1.
 */
export async function runWorkerProcess(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  let logger = createLogger('info');
  try {
    const config = readWorkerConfig(env);
    logger = createLogger(config.logLevel);
    installRuntime(logger);
    await runWorker(config, env, logger);
  } catch (error) {
    logger.fatal(
      { type: error instanceof Error ? error.name : typeof error },
      `worker failed: ${formatErrorLine(error)}`,
    );
    process.exitCode = 1;
  }
}

async function runWorker(config: WorkerConfig, env: NodeJS.ProcessEnv, logger: Logger): Promise<void> {
  let status: WorkerStatus = 'starting';
  let worker: Worker | undefined;
  let health: HealthServer | undefined;
  const taskQueues = [config.taskQueue, config.apiTaskQueue];
  const signals = onShutdownSignals(logger, () => (status = 'draining'));
  try {
    const plugin = new DuvoPlugin({ env });
    const currentStatus = (): WorkerStatus =>
      status === 'ready' && !(worker?.getState() === 'RUNNING' && plugin.isReady(worker)) ? 'draining' : status;
    if (config.health) health = await startHealthServer({ ...config.health, getStatus: currentStatus, taskQueues });
    const { connection, namespace, address, dataConverter } = await connectToTemporal({ env });
    try {
      worker = await Worker.create({
        ...workflowSource(dataConverter),
        connection,
        dataConverter,
        namespace,
        taskQueue: config.taskQueue,
        plugins: [plugin],
        shutdownGraceTime: '10s',
        // The Duvo activities drain before, in 14 s at most. Both together take less than 30 s, after which Kubernetes and
        // others kill a draining process.
        shutdownForceTime: '15s',
      });
      const running = worker.run();
      const ready = plugin.whenReady(worker).then((isTakingTasks) => {
        if (!isTakingTasks || status !== 'starting') return;
        status = 'ready';
        logger.info({ address, namespace, taskQueues, health: health?.url }, 'worker ready');
        const message: ReadyMessage = { ready: true, health: health?.url };
        process.send?.(message);
        // In the background: the worker runs also while Duvo cannot be reached.
        void warnOfUnusableDuvo(config, logger);
      });
      await Promise.all([running, ready]);
      logger.info({ taskQueues }, 'worker drained');
    } finally {
      status = 'stopped';
      // Closing fails while a worker that could not be drained still uses the connection.
      await connection.close().catch(() => undefined);
    }
  } finally {
    signals.dispose();
    await health?.close();
  }
}

/** Sends the log of Temporal's runtime to our logger: warnings and errors only, for the native part. */
function installRuntime(logger: Logger): void {
  try {
    Runtime.install({
      logger: createTemporalLogger(logger),
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    });
  } catch {
    logger.warn("Temporal's runtime was in use before the worker started, so its log lines are not in this log");
  }
}

function formatErrorLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' | ');
}
