import { PAGES } from '../support/docs/code-blocks';
import { COMPILERS, DocsProject, installCommand } from '../support/docs/docs-project';

describe.each(['commonjs', 'module'] as const)('in a project of type %s', (type) => {
  let project: DocsProject;

  beforeAll(async () => {
    project = await DocsProject.create(type);
    for (const page of PAGES) project.writeFiles(page);
    await project.run('bash', ['-c', installCommand()], project.pathOf('README.md'));
  }, 240_000);
  afterAll(() => project.remove());

  test.each(COMPILERS)(
    'TypeScript %s compiles every TypeScript block of the README and the guides',
    async (_version, tsc) => {
      const errors: string[] = [];
      for (const page of PAGES) {
        const compiled = project.run(process.execPath, [tsc, '-p', '.', '--noEmit'], project.pathOf(page));
        await compiled.catch((error: unknown) => errors.push(`${page}: ${String(error)}`));
      }
      expect(errors).toEqual([]);
    },
    240_000,
  );
});
