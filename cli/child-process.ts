import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  pid: number;
  /** What it announced once it was ready. */
  ready: unknown;
  /** Settles when it ends, whoever ends it. */
  ended: Promise<void>;
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
export async function startChild(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Child> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const tail: string[] = [];
  const keep = (chunk: Buffer) => {
    tail.push(chunk.toString());
    if (tail.length > 50) tail.shift();
  };
  child.stderr?.on('data', keep);
  const ended = once(child, 'exit').then(() => undefined);
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    firstLine(child, keep),
    ended.then(() => {
      throw new Error(`${file} ended before it was ready:\n${tail.join('').slice(-2_000)}`);
    }),
  ]);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { pid: child.pid ?? 0, ready, ended, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** The first line when it is the simulator's; a worker's lines are its log, and it announces itself by a message. */
function firstLine(child: ChildProcess, keep: (chunk: Buffer) => void): Promise<unknown> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      keep(chunk);
      try {
        const line = JSON.parse(chunk.toString()) as { url?: string };
        if (line.url) resolve(line);
      } catch {
        // Not a line of ours.
      }
    });
  });
}
