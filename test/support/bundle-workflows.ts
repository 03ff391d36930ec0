import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** Bundles a module of workflows once for all workers of a test file: a bundle takes more than a second of CPU time. */
export async function bundleWorkflows(workflowsPath: string): Promise<{ workflowBundle: WorkflowBundleWithSourceMap }> {
  return { workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }) };
}
