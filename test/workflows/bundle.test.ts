import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

test('the workflow entry bundles with no ignore list: no Node built-in, no zod, no undici', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '../../workflows/index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map(([, name]) => name ?? '');
  expect(modules.length).toBeGreaterThan(10);
  expect(
    modules.filter((name) =>
      /node_modules\/(zod|undici|@temporalio\/(client|worker|activity))\/|^node:|\/(duvo|activities)\//.test(name),
    ),
  ).toEqual([]);
});
