import { Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { readWorkerConfig, type WorkerConfig } from './config';
import { connectToTemporal } from './connect';
import { type HealthServer, startHealthServer, type WorkerStatus } from './health';
import { createLogger, createTemporalLogger } from './logger';
import { onShutdownSignals } from './shutdown-signals';
import { DuvoPlugin } from './plugin';
import { workflowSource } from './workflow-source';

/** What the worker process sends to its parent, if that has asked for messages, once it takes tasks. */
export interface ReadyMessage {
  ready: true;
  /** The health endpoint, when there is one. */
  health?: string;
}

/**
 * The worker process: workflows and Duvo activities, configured by the environment, until SIGTERM or SIGINT; then it
 * drains. A second signal ends it at once.
 *
 * Never rejects: what goes wrong is one line in the log, and `process.exitCode` 1.
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
    const { connection, namespace, address } = await connectToTemporal({ env });
    try {
      worker = await Worker.create({
        ...workflowSource(),
        connection,
        namespace,
        taskQueue: config.taskQueue,
        plugins: [plugin],
        shutdownGraceTime: '10s',
        // Below the 30 s after which Kubernetes and others kill a process that drains.
        shutdownForceTime: '25s',
      });
      const running = worker.run();
      const ready = plugin.whenReady(worker).then((isTakingTasks) => {
        if (!isTakingTasks || status !== 'starting') return;
        status = 'ready';
        logger.info({ address, namespace, taskQueues, health: health?.url }, 'worker ready');
        const message: ReadyMessage = { ready: true, health: health?.url };
        process.send?.(message);
      });
      await Promise.all([running, ready]);
      logger.info({ taskQueues }, 'worker drained');
    } finally {
      status = 'stopped';
      // A worker that could not be drained still holds it.
      await connection.close().catch(() => undefined);
    }
  } finally {
    signals.dispose();
    await health?.close();
  }
}

/** Temporal's own log lines go the way of ours. Its native part only tells what is wrong. */
function installRuntime(logger: Logger): void {
  try {
    Runtime.install({
      logger: createTemporalLogger(logger),
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    });
  } catch {
    logger.warn("Temporal's runtime was in use before the worker started: its log lines go elsewhere");
  }
}

function formatErrorLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' | ');
}
