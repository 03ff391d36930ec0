import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { type Figure, figure } from './figure';

/** The workflow bundle as users get it, against that of an empty workflow, in bytes. */
export async function bundleSize(): Promise<Figure[]> {
  const size = async (file: string) =>
    Buffer.byteLength((await bundleWorkflowCode({ workflowsPath: file, logger: new DefaultLogger('ERROR') })).code);
  const ours = await size(join(__dirname, '../workflows/index.js'));
  return [figure('bundle-size', ours, await size(join(__dirname, 'baseline/empty.js')), 'bytes')];
}
