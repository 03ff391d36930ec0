import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A command in a terminal of its own, where a person can be asked. */
export interface TerminalSession {
  /** Everything that the terminal has shown. */
  shown(): string;
  type(text: string): void;
  code: Promise<number>;
}

/** Starts the built command in a terminal that util-linux's `script` makes. `redirect` is in the shell's words. */
export function startInTerminal(args: string[], { redirect = '' }: { redirect?: string } = {}): TerminalSession {
  const main = join(__dirname, '../../../dist/cli/main.js');
  const command = [process.execPath, main, ...args].map((arg) => `'${arg}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', `${command} ${redirect}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let shown = '';
  child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
  return {
    shown: () => shown,
    type: (text) => void child.stdin.write(text),
    code: new Promise((resolve) => {
      child.once('close', (code) => resolve(code ?? -1));
    }),
  };
}
