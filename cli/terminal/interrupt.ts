import { ExitCode } from '../exit-codes';
import { exitWhenWritten, type Output } from './output';

/**
 * Runs `work`. On Ctrl-C, prints which work continues without the command and how to follow it, and ends the process.
 */
export async function withInterruptNotice<T>(work: () => Promise<T>, notice: () => string, output: Output): Promise<T> {
  const onInterrupt = () => {
    output.note(`\n${notice()}`);
    void exitWhenWritten(ExitCode.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  try {
    return await work();
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}
