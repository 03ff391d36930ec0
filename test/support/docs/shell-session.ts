import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { CodeBlock } from './code-blocks';
import { shortenAgentWork } from './quick-agents';

const execute = promisify(execFile);
const COMMAND_TIMEOUT_MS = 120_000;
const RETRY_TIMEOUT_MS = 90_000;
/** An attempt starts a process, which takes half a second of CPU time. A shorter interval would slow down the awaited work. */
const RETRY_INTERVAL_MS = 1_000;

/**
 * A shell function in place of npx, which runs the same file of the installed packages. The start of npx takes as much CPU
 * time as the start of the command.
 */
const DIRECT_NPX = 'npx() { local name="$1"; shift; ../node_modules/.bin/"$name" "$@"; }';

/** Runs the shell blocks of a page as a reader would: in order, in one folder, with the variables that `dev` exports. */
export class ShellSession {
  private readonly children: ChildProcess[] = [];
  private readonly usedGates = new Set<string>();

  constructor(
    readonly env: NodeJS.ProcessEnv,
    private readonly options: { isNpxReplaced: boolean },
  ) {}

  async run(block: CodeBlock, cwd: string): Promise<void> {
    const where = `${block.page}:${block.line}`;
    if (block.isBackground) return this.startInBackground(block, cwd, where);
    if (block.code.includes('$GATE')) this.env['GATE'] = await this.waitForNewestGate(cwd, where);
    if (!block.isRetried) return void (await this.runScript(block.code, cwd, where));
    for (const line of block.code.split('\n')) await this.retry(() => this.runScript(line, cwd, where));
  }

  /** Ends the background commands. */
  stop(): void {
    for (const { pid } of this.children.splice(0)) {
      try {
        // The shell and its child processes form one process group.
        if (pid) process.kill(-pid, 'SIGTERM');
      } catch {
        // The process group has already ended.
      }
    }
  }

  private async runScript(script: string, cwd: string, where: string): Promise<string> {
    try {
      const options = { cwd, env: this.env, timeout: COMMAND_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
      return (await execute('bash', this.bashArguments(script), options)).stdout;
    } catch (error) {
      const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
      throw new Error(`${where} failed with ${String(code)}:\n${script}\n${stdout}\n${stderr}`);
    }
  }

  private bashArguments(script: string): string[] {
    return ['-euo', 'pipefail', '-c', this.options.isNpxReplaced ? `${DIRECT_NPX}\n${script}` : script];
  }

  private async startInBackground({ code }: CodeBlock, cwd: string, where: string): Promise<void> {
    const child = spawn('bash', this.bashArguments(code), { cwd, env: this.env, detached: true });
    this.children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    if (!/duvo-temporal dev\b/.test(code)) return;
    await this.retry(() => {
      const exported = /^\s*export (.*_ADDRESS=.*)$/m.exec(output)?.[1];
      if (exported === undefined) throw new Error(`${where}: dev has not printed its export line:\n${output}`);
      for (const assignment of exported.split(' ')) {
        const [name = '', value] = assignment.split('=');
        this.env[name] = value;
      }
      return Promise.resolve();
    });
    await shortenAgentWork(this.env['DUVO_API_BASE_URL'] ?? '');
  }

  /** Returns the newest gate that this session has not returned before: the list shows an answered gate for a moment. */
  private waitForNewestGate(cwd: string, where: string): Promise<string> {
    return this.retry(async () => {
      const gates = JSON.parse(await this.runScript('npx duvo-temporal gate list --json', cwd, where)) as {
        ref: string;
      }[];
      const newest = gates.map(({ ref }) => ref).findLast((ref) => !this.usedGates.has(ref));
      if (!newest) throw new Error(`${where}: no gate is open`);
      this.usedGates.add(newest);
      return newest;
    });
  }

  private async retry<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + RETRY_TIMEOUT_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL_MS));
      }
    }
  }
}
