import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Socket } from 'node:net';

const MAX_TAIL_LINES = 30;

export interface ServerProcessOptions {
  env?: NodeJS.ProcessEnv;
  /** File that the server's output is appended to. */
  logFile?: string;
}

/**
 * A server as a child process. The server never outlives this process, not even when this process is killed, and does not
 * keep this process alive.
 */
export class ServerProcess {
  readonly pid: number;
  private readonly tailLines: string[] = [];
  private readonly exited: Promise<void>;
  private readonly closed: Promise<void>;

  private constructor(private readonly child: ChildProcess & { pid: number }) {
    this.pid = child.pid;
    this.exited = once(child, 'exit').then(() => undefined);
    this.closed = once(child, 'close').then(() => undefined);
  }

  /** @throws Error when the executable cannot be run */
  static async start(path: string, args: string[], options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const child = spawn(path, args, {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A separate process group: Ctrl-C must not end the server before its users have ended.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const server = await new Promise<ServerProcess>((resolve, reject) => {
      child.once('error', (error) => reject(new Error(`${path} could not be started: ${error.message}`)));
      child.once('spawn', () => resolve(new ServerProcess(child as ChildProcess & { pid: number })));
    });
    server.collectOutput(options.logFile);
    server.endWithParent();
    child.unref();
    return server;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of the server's output, for error messages. */
  get tail(): string {
    return this.tailLines.join('\n');
  }

  /** Returns the end of the output of a server that has ended. The output is complete once its pipes are closed. */
  async readFinalOutput(): Promise<string> {
    for (const stream of [this.child.stdout, this.child.stderr] as Socket[]) stream.ref();
    await this.closed;
    return this.tail || 'it printed nothing';
  }

  /** Sends a signal and waits until the server has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    this.child.ref();
    this.child.kill(signal);
    await this.exited;
  }

  /** Ends the server with SIGTERM, and with SIGKILL after `graceMs`. */
  async stop(graceMs = 5_000): Promise<void> {
    const force = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    try {
      await this.kill('SIGTERM');
    } finally {
      clearTimeout(force);
    }
  }

  private collectOutput(logFile?: string): void {
    const log = logFile ? createWriteStream(logFile, { flags: 'a' }) : undefined;
    // An unwritable log file must not end this process.
    log?.on('error', () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr] as Socket[]) {
      stream.unref();
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log?.write(chunk);
        this.tailLines.push(...chunk.split('\n').filter(Boolean));
        this.tailLines.splice(0, this.tailLines.length - MAX_TAIL_LINES);
      });
    }
    this.child.once('close', () => log?.end());
  }

  /** Ends the server when this process ends, in whatever way this process ends. */
  private endWithParent(): void {
    const endNow = () => this.child.kill('SIGKILL');
    process.once('exit', endNow);
    this.child.once('exit', () => process.off('exit', endNow));
    if (process.platform === 'win32') return;
    // This shell waits for the end of a pipe, which the system closes when this process has ended.
    const script = 'read -r _; kill "$1"; sleep 3; kill -9 "$1"';
    const guard = spawn('/bin/sh', ['-c', script, 'duvo-temporal-guard', String(this.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    guard.on('error', () => undefined);
    guard.stdin.on('error', () => undefined);
    (guard.stdin as Socket).unref();
    guard.unref();
    this.child.once('exit', () => guard.kill('SIGKILL'));
  }
}
