import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';

export interface ManagedProcess {
  pid: number;
  /** What it announced once it was ready. */
  readyMessage: unknown;
  /** Settles when it ends, whoever ends it. */
  exited: Promise<void>;
  /** SIGKILL: as a crash. */
  kill(): Promise<void>;
  /** SIGTERM: as an orderly end. */
  stop(): Promise<void>;
}

/**
 * Starts a Node process that says by an IPC message, or by its first line, that it is ready. It ends with this process,
 * since it watches the channel to it.
 *
 * @throws Error with the end of its output when it dies before
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

/** The first line when it is the simulator's; a worker's lines are its log, and it announces itself by a message. */
function waitForReadyLine(child: ChildProcess, appendToTail: (chunk: Buffer) => void): Promise<unknown> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      appendToTail(chunk);
      try {
        const line = JSON.parse(chunk.toString()) as { url?: string };
        if (line.url) resolve(line);
      } catch {
        // Not a line of ours.
      }
    });
  });
}

/** What is set for the user's own Temporal and Duvo must not reach a stack that has its own. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const isolatedVariables = /^(TEMPORAL|DUVO|SIMULATOR)_|^LOG_LEVEL$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isolatedVariables.test(name)));
}

/** The last line of a process, on one line: what its log says, when it is one of a log. */
function lastOutputLine(output: string): string {
  const line = output.trim().split('\n').pop() ?? '';
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line === '' ? 'it said nothing' : line.slice(0, 500);
  }
}
