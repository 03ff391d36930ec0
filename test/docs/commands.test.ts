import { PAGES, readCodeBlocks } from '../support/docs/code-blocks';
import { DocsProject } from '../support/docs/docs-project';
import { ShellSession } from '../support/docs/shell-session';

/** Whether the page has commands that run compiled code. Such commands depend on the module type of the project. */
const runsCompiledCode = (page: string) => readCodeBlocks(page).some(({ code }) => code.includes('node out/'));

let project: DocsProject;

beforeAll(async () => {
  project = await DocsProject.create();
}, 120_000);
afterAll(() => project.remove());

describe.each(['commonjs', 'module'] as const)('in a project of type %s', (type) => {
  const pages = PAGES.filter((page) => type === 'commonjs' || runsCompiledCode(page));
  let readme: ShellSession;

  beforeAll(() => {
    readme = new ShellSession(project.env, { isNpxReplaced: false });
  });
  // The `dev` command of the README keeps running and serves the commands of all pages.
  afterAll(() => readme.stop());

  test.each(pages)(
    'every command of %s succeeds',
    async (page) => {
      project.writeFiles(page, type);
      const session = page === 'README.md' ? readme : new ShellSession({ ...readme.env }, { isNpxReplaced: true });
      try {
        for (const block of readCodeBlocks(page))
          if (block.language === 'sh' && !block.notRunReason) await session.run(block, project.pathOf(page));
      } finally {
        if (session !== readme) session.stop();
      }
    },
    400_000,
  );
});
