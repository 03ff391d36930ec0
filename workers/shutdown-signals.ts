import type { Logger } from 'pino';
import { describeError } from './logger';

/** A process that was started through npm or a shell may receive one Ctrl-C twice, within this time. */
const DUPLICATE_SIGNAL_WINDOW_MS = 1_000;

/**
 * Installs the signal handlers of the worker process. The first SIGTERM or SIGINT drains the process; Temporal's runtime
 * receives the signal, too, and drains the workers. A later signal ends the process at once, with exit code 1. The end of
 * a parent that started this process with a message channel counts as SIGTERM. An uncaught exception leaves the process
 * in an unknown state and ends it at once; Temporal gives its tasks to the next worker.
 */
export function onShutdownSignals(logger: Logger, onDrain: () => void): { dispose(): void } {
  let firstSignalAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstSignalAtMs === undefined) {
      firstSignalAtMs = Date.now();
      logger.info({ signal }, 'worker draining');
      onDrain();
    } else if (Date.now() - firstSignalAtMs > DUPLICATE_SIGNAL_WINDOW_MS) {
      logger.warn({ signal }, 'worker stops before it is drained');
      process.exit(1);
    }
  };
  const onDisconnect = () => {
    process.kill(process.pid, 'SIGTERM');
  };
  const onUncaught = (error: unknown) => {
    logger.fatal({ error: describeError(error) }, 'worker failed: uncaught exception');
    process.exit(1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  if (process.connected) process.on('disconnect', onDisconnect);
  return {
    dispose: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
      process.off('uncaughtException', onUncaught);
      process.off('unhandledRejection', onUncaught);
      process.off('disconnect', onDisconnect);
    },
  };
}
