import { spawn } from 'node:child_process';
import { cutText } from '../../contract/text/cut-text';

export interface RunCommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The command is killed after this time, in milliseconds. */
  timeoutMs: number;
  /** Called every second. The command is killed when this returns a reason. */
  abortReason?: () => string | undefined;
}

/**
 * Runs a command and returns its output.
 *
 * @throws Error with a one-line reason: not found, its last line of output when it failed, or a timeout
 */
export async function runCommand(command: string, args: string[], options: RunCommandOptions): Promise<string> {
  const { env, cwd, timeoutMs, abortReason } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    let reason: string | undefined;
    const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-16_384));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const stop = (why: string) => {
      reason ??= why;
      child.kill('SIGKILL');
    };
    const limit = setTimeout(() => stop(`took longer than ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
    const watch = setInterval(() => {
      const why = abortReason?.();
      if (why) stop(why);
    }, 1_000);
    const settle = (error?: Error) => {
      clearTimeout(limit);
      clearInterval(watch);
      if (error) reject(error);
      else resolve(output.trim());
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle(new Error(error.code === 'ENOENT' ? `${command} is not installed` : error.message)),
    );
    child.once('close', (code, signal) =>
      settle(code === 0 ? undefined : new Error(reason ?? (findErrorLine(output) || `ended with ${signal ?? code}`))),
    );
  });
}

/** Returns the line of the output that most likely describes the error. */
function findErrorLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const line = lines.filter((candidate) => /error|fail|cannot|denied/i.test(candidate)).at(-1) ?? lines.at(-1) ?? '';
  return cutText(line, 300, '…');
}
