import { PAGES, readCodeBlocks } from '../support/docs/code-blocks';
import { DocsProject } from '../support/docs/docs-project';
import { ShellSession } from '../support/docs/shell-session';

/** Whether the page has commands that run compiled code. Such commands depend on the module type of the project. */
const runsCompiledCode = (page: string) => readCodeBlocks(page).some(({ code }) => code.includes('node out/'));

describe.each(['commonjs', 'module'] as const)('in a project of type %s', (type) => {
  const pages = PAGES.filter((page) => type === 'commonjs' || runsCompiledCode(page));
  let project: DocsProject;
  let readme: ShellSession;

  beforeAll(async () => {
    project = await DocsProject.create(type);
    readme = new ShellSession(project.env);
  }, 120_000);
  afterAll(() => {
    // The `dev` command of the README keeps running and serves the commands of all pages.
    readme.stop();
    project.remove();
  });

  test.each(pages)(
    'every command of %s succeeds',
    async (page) => {
      project.writeFiles(page);
      const session = page === 'README.md' ? readme : new ShellSession({ ...readme.env });
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
