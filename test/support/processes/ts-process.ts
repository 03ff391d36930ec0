import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Code for `node -e` that runs a TypeScript file without a build. */
const TYPESCRIPT_LOADER = `
const swc = require(${JSON.stringify(require.resolve('@swc/core'))});
require.extensions['.ts'] = (module, file) =>
  module._compile(
    swc.transformFileSync(file, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    }).code,
    file,
  );
require(process.argv[1]);
`;

/** Runs a file in a separate process: a TypeScript file, or a built one, which starts faster. */
export class TsProcess {
  output = '';
  private readonly messages: unknown[] = [];
  private readonly exitCode: Promise<number | null>;

  private constructor(readonly child: ChildProcess) {
    const collect = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('message', (message) => this.messages.push(message));
    // The event 'close' of the child is not used, because Node does not emit it after this process closed the IPC channel.
    const streams = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
    this.exitCode = Promise.all([once(child, 'exit'), ...streams]).then(([[code]]) => code as number | null);
  }

  static start(file: string, env: NodeJS.ProcessEnv): TsProcess {
    const args = file.endsWith('.ts') ? ['-e', TYPESCRIPT_LOADER, file] : [file];
    return new TsProcess(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  }

  /** Returns the first IPC message of the process. @throws Error with the output when the process ends without a message */
  async firstMessage<T>(): Promise<T> {
    if (this.messages.length === 0) {
      await Promise.race([
        once(this.child, 'message'),
        this.exitCode.then((code) => {
          throw new Error(`ended with ${code}:\n${this.output}`);
        }),
      ]);
    }
    return this.messages[0] as T;
  }

  /** Waits until the process has ended and its output is complete. @returns the exit code */
  waitForExit(): Promise<number | null> {
    return this.exitCode;
  }

  /** The JSON lines in the output of the process. */
  get logEntries(): Record<string, unknown>[] {
    const lines = this.output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
