import type { WorkflowHandle } from '@temporalio/client';
import { type DevServer, startDevServer } from '../../../workers';
import { eventually } from '../stack';

/** Starts a server that suggests continue-as-new after few events. */
export function startServerWithShortHistories(): Promise<DevServer> {
  return startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
}

/** Makes the workflow of a run continue as new: each hint adds events until the server suggests it. */
export async function makeContinueAsNew(handle: WorkflowHandle): Promise<void> {
  const { runId } = await handle.describe();
  await eventually(async () => {
    await handle.signal('hint', { source: 'test' });
    return (await handle.describe()).runId !== runId;
  });
}
