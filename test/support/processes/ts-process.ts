import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs TypeScript as it stands, without a build. */
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

/** A TypeScript file in a process of its own. */
export class TsProcess {
  output = '';
  private readonly messages: unknown[] = [];
  private readonly exitCode: Promise<number | null>;

  private constructor(readonly child: ChildProcess) {
    const collect = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('message', (message) => this.messages.push(message));
    // Not the event 'close', which never comes when the channel was closed from here.
    const streams = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
    this.exitCode = Promise.all([once(child, 'exit'), ...streams]).then(([[code]]) => code as number | null);
  }

  static start(file: string, env: NodeJS.ProcessEnv): TsProcess {
    return new TsProcess(
      spawn(process.execPath, ['-e', TYPESCRIPT_LOADER, file], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }),
    );
  }

  /** The first message that it sends. */
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

  /** Its exit code, after its output is complete. */
  waitForExit(): Promise<number | null> {
    return this.exitCode;
  }

  /** What it logged. */
  get logEntries(): Record<string, unknown>[] {
    const lines = this.output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
