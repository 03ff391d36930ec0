import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { type CodeBlock, PAGES, readCodeBlocks } from '../support/docs/code-blocks';
import { COMPILERS, DocsProject } from '../support/docs/docs-project';
import { ShellSession } from '../support/docs/shell-session';

const runsCompiledCode = ({ code }: CodeBlock) => code.includes('node out/');

let project: DocsProject;
/** The session of the README. Its `dev` command keeps running and serves the commands of all pages. */
let readme: ShellSession;

beforeAll(async () => {
  project = await DocsProject.create();
  readme = new ShellSession(project.env, { isNpxReplaced: false });
}, 120_000);
afterAll(() => {
  readme.stop();
  project.remove();
});

async function runBlocks(page: string, blocks: CodeBlock[], session: ShellSession): Promise<void> {
  for (const block of blocks)
    if (block.language === 'sh' && !block.notRunReason) await session.run(block, project.pathOf(page));
}

/** Runs commands in a session of their own, and then ends those that keep running. */
async function runInOwnSession(page: string, blocks: CodeBlock[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const session = new ShellSession({ ...readme.env, ...env }, { isNpxReplaced: true });
  try {
    await runBlocks(page, blocks, session);
  } finally {
    session.stop();
  }
}

function testCompilers(type: 'commonjs' | 'module'): void {
  test.each(COMPILERS)(
    'TypeScript %s compiles every TypeScript block of the README and the guides',
    async (_version, tsc) => {
      for (const page of PAGES) project.writeFiles(page, type);
      await project.run(process.execPath, [tsc, '-p', '.', '--noEmit'], project.folder);
    },
    240_000,
  );
}

describe('in a project of type commonjs', () => {
  // The README is the first page. It installs the packages and starts `dev`.
  test.each(PAGES)(
    'every command of %s succeeds',
    async (page) => {
      project.writeFiles(page, 'commonjs');
      if (page === 'README.md') await runBlocks(page, readCodeBlocks(page), readme);
      else await runInOwnSession(page, readCodeBlocks(page));
    },
    400_000,
  );
  testCompilers('commonjs');
});

describe('in a project of type module', () => {
  /** The commands start workflows with the same ids as in the other project, so they use another namespace. */
  const namespace = 'module';

  beforeAll(async () => {
    const connection = await Connection.connect({ address: readme.env['TEMPORAL_ADDRESS'] });
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    await connection.close();
  });

  // The commands before the first that runs compiled code do not depend on the module type of the project.
  test.each(PAGES.filter((page) => readCodeBlocks(page).some(runsCompiledCode)))(
    'every command of %s that runs compiled code, and those after it, succeed',
    async (page) => {
      project.writeFiles(page, 'module');
      const blocks = readCodeBlocks(page);
      await runInOwnSession(page, blocks.slice(blocks.findIndex(runsCompiledCode)), { TEMPORAL_NAMESPACE: namespace });
    },
    400_000,
  );
  testCompilers('module');
});
