import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { type Figure, createFigure } from '../support/figure';

/** Measures the size of the library's workflow bundle, against the bundle of an empty workflow, in bytes. */
export async function measureBundleSize(): Promise<Figure[]> {
  const bundleBytes = async (file: string) =>
    Buffer.byteLength((await bundleWorkflowCode({ workflowsPath: file, logger: new DefaultLogger('ERROR') })).code);
  const ours = await bundleBytes(join(__dirname, '../../workflows/index.js'));
  return [createFigure('bundle-size', ours, await bundleBytes(join(__dirname, '../baseline/empty.js')), 'bytes')];
}
