import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pageFolder, readCodeBlocks, ROOT } from './code-blocks';

const execute = promisify(execFile);

export type ModuleType = 'commonjs' | 'module';

/**
 * A temporary folder with the layout that the README assumes: the packed package in `duvo-temporal/`, and next to it
 * one folder for each page. All pages use the packages that are installed in `invoices/`. Both module types use one project,
 * because an install takes 9 s of CPU time.
 */
export class DocsProject {
  private constructor(readonly folder: string) {}

  static async create(): Promise<DocsProject> {
    const project = new DocsProject(mkdtempSync(join(tmpdir(), 'duvo-temporal-docs-')));
    const packed = join(project.folder, 'duvo-temporal');
    mkdirSync(packed);
    await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], { cwd: ROOT });
    mkdirSync(project.pathOf('README.md'));
    symlinkSync(join('invoices', 'node_modules'), join(project.folder, 'node_modules'));
    // One TypeScript program compiles all pages, with the settings of the README.
    const settings = { extends: './invoices/tsconfig.json', include: ['*/*.ts'] };
    writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(settings));
    return project;
  }

  pathOf(page: string): string {
    return join(this.folder, pageFolder(page));
  }

  /** Environment variables for the project's commands, without this process's own settings for Temporal and Duvo. */
  get env(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(TEMPORAL|DUVO|SIMULATOR|TEST)_|^NODE_ENV$/.test(name),
    );
    return {
      ...Object.fromEntries(own),
      NO_COLOR: '1',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_prefer_offline: 'true',
    };
  }

  /** Writes the files of a page into its folder, for modules of a type. */
  writeFiles(page: string, type: ModuleType): void {
    const folder = this.pathOf(page);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
    writeFileSync(join(folder, 'tsconfig.json'), readTypeScriptSettings());
    for (const { language, file, line, code } of readCodeBlocks(page)) {
      const name = file ?? (language === 'ts' ? `block-${line}.ts` : undefined);
      if (name) writeFileSync(join(folder, name), `${code}\n`);
    }
  }

  async run(command: string, args: string[], cwd: string): Promise<string> {
    try {
      return (await execute(command, args, { cwd, env: this.env, timeout: 240_000 })).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readTypeScriptSettings(): string {
  const block = readCodeBlocks('README.md').find(({ file }) => file === 'tsconfig.json');
  if (!block) throw new Error('README.md has no tsconfig.json');
  return block.code;
}

/** The TypeScript versions that compile the pages' code. */
export const COMPILERS = ['typescript', 'typescript-7'].map((name) => {
  const folder = join(ROOT, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const tsc = join(folder, 'bin', 'tsc');
  if (!existsSync(tsc)) throw new Error(`${tsc} does not exist`);
  return [version, tsc] as const;
});
