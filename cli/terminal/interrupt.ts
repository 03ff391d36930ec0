import { commandLine } from '../../contract';
import { type ConnectionFlags, connectionArgs } from '../connection';
import { ExitCode } from '../exit-codes';
import { exitWhenWritten, type Output } from './output';

/** Returns the notice that a run or a process continues in Temporal, with the command that follows it. */
export function keepsRunning(thing: 'run' | 'process', workflowId: string, flags: ConnectionFlags): string {
  return `The ${thing} keeps running in Temporal. Follow it with:\n  ${waitCommand(thing, workflowId, flags)}`;
}

/** Returns the notice that the cancellation of a run or a process continues in Temporal. */
export function cancelContinues(thing: 'run' | 'process', workflowId: string, flags: ConnectionFlags): string {
  return `The cancellation continues in Temporal. Follow it with:\n  ${waitCommand(thing, workflowId, flags)}`;
}

function waitCommand(thing: 'run' | 'process', workflowId: string, flags: ConnectionFlags): string {
  return commandLine(thing, 'wait', workflowId, ...connectionArgs(flags));
}

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

/** Waits for Ctrl-C or SIGTERM. A second signal ends the process at once. */
export async function untilStopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
