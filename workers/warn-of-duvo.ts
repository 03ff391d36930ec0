import type { Logger } from 'pino';
import { commandLine } from '../contract';
import type { DuvoConfig } from './config';
import { createDuvoClient } from './duvo-activity-worker';

/** Kinds of answers that Duvo gives to a valid credential: an installation of v1 may lack the list of runs. */
const USABLE_KINDS: readonly unknown[] = ['not-supported', 'rate-limited'];

/**
 * Logs a warning when Duvo cannot be reached or refuses the credential. The worker runs all the same, because the calls are
 * retried; but without the warning, nothing shows the mistake before the first run waits.
 */
export async function warnOfUnusableDuvo(config: DuvoConfig, logger: Logger): Promise<void> {
  const duvo = createDuvoClient(config);
  try {
    await duvo.runs.listPage({ limit: 1 });
  } catch (error) {
    const { kind, message } = error as { kind?: unknown; message?: string };
    if (USABLE_KINDS.includes(kind)) return;
    logger.warn(`Duvo cannot be used: ${message ?? String(kind)}. Find the cause with ${commandLine('doctor')}`);
  } finally {
    await duvo.destroy();
  }
}
