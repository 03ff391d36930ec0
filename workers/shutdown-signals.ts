import type { Logger } from 'pino';
import { describeError } from './logger';

/** Whoever starts a process through npm or a shell may get one Ctrl-C delivered twice. */
const DUPLICATE_SIGNAL_WINDOW_MS = 1_000;

/**
 * The first SIGTERM or SIGINT drains: the workers have heard it too, from Temporal's runtime. A later one ends the
 * process at once, with exit code 1. A parent that started this process with a message channel and is gone counts as a
 * signal; a process whose state is unknown after an exception that nobody caught ends at once: Temporal gives its tasks
 * to the next worker.
 */
export function onShutdownSignals(logger: Logger, onDrain: () => void): { dispose(): void } {
  let firstSignalAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstSignalAtMs === undefined) {
      firstSignalAtMs = Date.now();
      logger.info({ signal }, 'worker draining');
      onDrain();
    } else if (Date.now() - firstSignalAtMs > DUPLICATE_SIGNAL_WINDOW_MS) {
      logger.warn({ signal }, 'worker ended before it was drained');
      process.exit(1);
    }
  };
  const onDisconnect = () => {
    process.kill(process.pid, 'SIGTERM');
  };
  const onUncaught = (error: unknown) => {
    logger.fatal({ error: describeError(error) }, 'worker failed: an exception that nobody caught');
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
