import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { type DevServer, startDevServer } from '../../../workers';

declare global {
  var sharedDevServer: DevServer | undefined;
  var temporaryFolder: string | undefined;
}

/** Starts one Temporal server and builds one workflow bundle for all test files. Each test file uses its own task queues. */
export default async function globalSetup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'duvo-temporal-test-'));
  // All temporary files of the tests are in this folder, which the global teardown removes.
  process.env.TMPDIR = folder;
  globalThis.temporaryFolder = folder;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '../workflows/index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  process.env.TEST_WORKFLOW_BUNDLE = join(folder, 'bundle.js');
  writeFileSync(process.env.TEST_WORKFLOW_BUNDLE, code);
  if (process.env.TEMPORAL_ADDRESS) {
    process.env.TEST_TEMPORAL_ADDRESS = process.env.TEMPORAL_ADDRESS;
    return;
  }
  // The server deletes a workflow only after it has saved the progress of its queues, by default every half minute.
  const dynamicConfig = {
    'history.transferProcessorUpdateAckInterval': '1s',
    'history.visibilityProcessorUpdateAckInterval': '1s',
  };
  globalThis.sharedDevServer = await startDevServer({ dynamicConfig });
  process.env.TEST_TEMPORAL_ADDRESS = globalThis.sharedDevServer.address;
}
