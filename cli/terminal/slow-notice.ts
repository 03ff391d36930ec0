import type { Output } from './output';

/** A person who waits for longer is shown what the command waits for, in milliseconds. */
const SLOW_NOTICE_DELAY_MS = 2_000;

/** Notes what a command waits for when it takes long. Scripts get no notice: their stderr keeps to what went wrong. */
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
