import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';

export interface ManagedProcess {
  pid: number;
  /** The message that the process sent when it was ready. */
  readyMessage: unknown;
  /** Settles when the process ends, for whatever reason. */
  exited: Promise<void>;
  /** Sends SIGKILL, as a crash would end it. */
  kill(): Promise<void>;
  /** Sends SIGTERM, for an orderly shutdown. */
  stop(): Promise<void>;
}

/**
 * Starts a Node process, and waits until it reports by an IPC message, or by its first line, that it is ready. The process
 * ends with this one, because it watches the IPC channel.
 *
 * @throws Error with the last line of its output when the process ends before it is ready
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

/** Resolves with the first line of a simulator. A worker prints its log there, and reports by an IPC message. */
function waitForReadyLine(child: ChildProcess, appendToTail: (chunk: Buffer) => void): Promise<unknown> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      appendToTail(chunk);
      try {
        const line = JSON.parse(chunk.toString()) as { url?: string };
        if (line.url) resolve(line);
      } catch {
        // The line is from a log.
      }
    });
  });
}

/** The environment without settings for the user's own Temporal and Duvo, which are not for this local stack. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const isolatedVariables = /^(TEMPORAL|DUVO|SIMULATOR)_|^LOG_LEVEL$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isolatedVariables.test(name)));
}

/** Returns the last line of a process's output; of a log line, only its message. */
function lastOutputLine(output: string): string {
  const line = output.trim().split('\n').pop() ?? '';
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line === '' ? 'it printed no output' : line.slice(0, 500);
  }
}
