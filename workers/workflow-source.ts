import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** The workflow bundle that was built with the package. */
const PREBUILT_BUNDLE_PATH = join(__dirname, '..', 'workflow-bundle.js');

/**
 * Returns the library's workflows for `Worker.create`. The prebuilt bundle starts at once, but runs only with the SDK
 * version that it was built with, and without a payload converter of the user, which workflow code needs in its bundle.
 * Otherwise `Worker.create` bundles the workflows itself, which takes some seconds.
 */
export function workflowSource(
  dataConverter?: DataConverter,
  bundlePath = PREBUILT_BUNDLE_PATH,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const needsOwnBundle = dataConverter?.payloadConverterPath ?? dataConverter?.failureConverterPath;
  if (!needsOwnBundle && existsSync(bundlePath)) {
    const code = readFileSync(bundlePath, 'utf8');
    if (readBundleSdkVersion(code) === readInstalledSdkVersion()) return { workflowBundle: { code } };
  }
  return { workflowsPath: require.resolve('../workflows/all') };
}

/** Returns the SDK version of a bundle. The SDK's workflow package imports its own package.json, so the bundle has it. */
function readBundleSdkVersion(code: string): string | undefined {
  return /"name":"@temporalio\/workflow","version":"([^"]+)"/.exec(code)?.[1];
}

function readInstalledSdkVersion(): string {
  const file = require.resolve('@temporalio/workflow/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
