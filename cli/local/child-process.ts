import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import { cutText } from '../../contract';

export interface ManagedProcess {
  pid: number;
  /** The message that the process sent when it was ready. */
  readyMessage: unknown;
  /** Resolves when the process has ended, for any reason. */
  exited: Promise<void>;
  /** Sends SIGKILL, which ends the process as a crash would. */
  kill(): Promise<void>;
  /** Sends SIGTERM, which shuts the process down in an orderly way. */
  stop(): Promise<void>;
}

/**
 * Starts a Node process and waits until it reports that it is ready, by an IPC message or by its first line of output.
 * The child process ends when this process ends, because it watches the IPC channel.
 * @throws Error with the last line of the child's output when the child ends before it is ready
 */
export async function startChild(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<ManagedProcess> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...inheritedEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const tail: string[] = [];
  const appendToTail = (chunk: Buffer) => {
    tail.push(chunk.toString());
    if (tail.length > 50) tail.shift();
  };
  child.stderr?.on('data', appendToTail);
  const exited = once(child, 'exit').then(() => undefined);
  const readyMessage = await Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    waitForReadyLine(child, appendToTail),
    exited.then(() => {
      throw new Error(`${basename(dirname(file))} ended before it was ready: ${lastOutputLine(tail.join(''))}`);
    }),
  ]);
  const terminate = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    readyMessage,
    exited,
    kill: () => terminate('SIGKILL'),
    stop: () => terminate('SIGTERM'),
  };
}

/**
 * Resolves with the first line that a simulator prints. For a worker, the first line is part of its log; a worker
 * reports by an IPC message instead.
 */
function waitForReadyLine(child: ChildProcess, appendToTail: (chunk: Buffer) => void): Promise<unknown> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      appendToTail(chunk);
      try {
        const line = JSON.parse(chunk.toString()) as { url?: string };
        if (line.url) resolve(line);
      } catch {
        // The line is not JSON, so it is a line of a log.
      }
    });
  });
}

/**
 * Returns the environment without the user's own settings for Temporal and Duvo, which must not affect the local stack.
 */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const isolatedVariables = /^(TEMPORAL|DUVO|SIMULATOR)_|^LOG_LEVEL$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isolatedVariables.test(name)));
}

/** Returns the last line of a process's output. If that line is a log entry, returns only the entry's message. */
function lastOutputLine(output: string): string {
  const line = output.trim().split('\n').pop() ?? '';
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line === '' ? 'it printed no output' : cutText(line, 500);
  }
}
