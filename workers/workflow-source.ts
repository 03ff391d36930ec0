import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';

/** The bundle that was built with the package, beside the folder of this file. */
const PREBUILT_BUNDLE_PATH = join(__dirname, '..', 'workflow-bundle.js');

/**
 * The library's workflows for `Worker.create`: the prebuilt bundle, which starts at once. A bundle runs only with the
 * version of the SDK that it was built with: with another one, or when there is none, the workflows are bundled anew,
 * which takes some seconds.
 */
export function workflowSource(
  bundlePath = PREBUILT_BUNDLE_PATH,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(bundlePath)) {
    const code = readFileSync(bundlePath, 'utf8');
    if (readBundleSdkVersion(code) === readInstalledSdkVersion()) return { workflowBundle: { code } };
  }
  return { workflowsPath: require.resolve('../workflows/all') };
}

/** The workflow package of the SDK reads its own package.json, which ends in the bundle. */
function readBundleSdkVersion(code: string): string | undefined {
  return /"name":"@temporalio\/workflow","version":"([^"]+)"/.exec(code)?.[1];
}

function readInstalledSdkVersion(): string {
  const file = require.resolve('@temporalio/workflow/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
