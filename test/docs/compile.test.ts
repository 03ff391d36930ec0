import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from '../support/docs/code-blocks';
import { COMPILERS, DocsProject, installCommand } from '../support/docs/docs-project';

let project: DocsProject;

beforeAll(async () => {
  project = await DocsProject.create();
  // One TypeScript program compiles all pages, with the settings of the README.
  writeFileSync(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({ extends: './invoices/tsconfig.json', include: ['*/*.ts'] }),
  );
  await project.run('bash', ['-c', installCommand()], project.pathOf('README.md'));
}, 240_000);
afterAll(() => project.remove());

describe.each(['commonjs', 'module'] as const)('in a project of type %s', (type) => {
  beforeAll(() => {
    for (const page of PAGES) project.writeFiles(page, type);
  });

  test.each(COMPILERS)(
    'TypeScript %s compiles every TypeScript block of the README and the guides',
    async (_version, tsc) => {
      await project.run(process.execPath, [tsc, '-p', '.', '--noEmit'], project.folder);
    },
    240_000,
  );
});
