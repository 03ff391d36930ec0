import type { Output } from './output';

/** Time after which a command shows what it is waiting for, in milliseconds. */
const SLOW_NOTICE_DELAY_MS = 2_000;

/**
 * Prints what a command is waiting for when the wait takes long. Scripts get no such notice, so that their stderr holds
 * only errors.
 */
export async function withSlowNotice<T>(
  work: Promise<T>,
  waitsFor: string,
  { json }: { json?: boolean },
  output: Output,
): Promise<T> {
  if (json || !output.isInteractive) return work;
  const timer = setTimeout(() => output.note(`waiting for ${waitsFor} …`), SLOW_NOTICE_DELAY_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
