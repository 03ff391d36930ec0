/**
 * Records one history for every way in which a run or a batch can end (npm run record-histories) and writes it to
 * test/histories/. Existing files are kept, because they stand for histories that released workers wrote.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { type DevServer, startDevServer } from '../../workers';
import type { BatchCaseInput } from '../../workflows/batch';
import { BATCH_RECORDINGS, runRecordedBatch } from './batches';
import { type RunRecording, RUN_RECORDINGS } from './runs';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

async function recordRun(
  stack: Stack,
  name: string,
  { scenario, input = {}, processWorkflow, batchCase, meanwhile }: RunRecording,
): Promise<void> {
  stack.simulator.script(name, scenario);
  if (name === 'call-refused')
    stack.simulator.addFault({
      operation: 'start',
      agentId: name,
      effect: { status: 403, body: { code: 'insufficient_scope' } },
    });
  if (name.startsWith('start-'))
    stack.simulator.addFault({ operation: 'start', agentId: name, effect: { dropResponse: true } });
  const isListRefused = name === 'start-sent-again' || name === 'start-given-up';
  if (isListRefused) stack.simulator.addFault({ operation: 'list', times: Infinity, effect: { status: 403 } });
  const target = input.runId === undefined ? { agentId: name } : { runId: stack.simulator.startInDuvo(name) };
  const otherWorkflow = batchCase ? { type: 'batchCase', args: [createCaseInput(stack, name)] } : processWorkflow;
  const { taskQueue } = stack;
  const handle = otherWorkflow
    ? await stack.client.workflow.start(otherWorkflow.type, { taskQueue, workflowId: name, args: otherWorkflow.args })
    : await stack.start({ watch: QUICK_WATCH, ...input, ...target }, { workflowId: name });
  await meanwhile?.(handle, stack);
  await handle.result().catch(() => undefined);
  await saveHistories(stack, name, name);
}

function createCaseInput(
  { simulator, apiTaskQueue }: Stack,
  agentId: string,
): BatchCaseInput & { apiTaskQueue: string } {
  return { queueId: simulator.addQueue({ agentId }), case: { title: 'Invoice 4711' }, apiTaskQueue };
}

/** Writes the histories of all runs of a workflow. */
async function saveHistories(stack: Stack, name: string, workflowId: string): Promise<void> {
  const { namespace } = stack.client.options;
  let laterCount = 0;
  for (const runId of (await waitForRunIds(stack, workflowId)).reverse()) {
    const history = await stack.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const isFirst = !history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    // A history after continue-as-new gets a numbered suffix. A page that was started again did not continue another run
    // and gets the suffix `-again`.
    const suffix = isFirst ? (laterCount === 0 ? '' : `-again`) : laterCount === 1 ? '-then' : `-then-${laterCount}`;
    laterCount++;
    const file = join(__dirname, '../histories', `${name}${suffix}.json`);
    writeFileSync(file, `${removeMachineDetails(historyToJSON(history))}\n`);
    process.stdout.write(`recorded ${file} (${history.events?.length} events, namespace ${namespace})\n`);
  }
}

/** Removes the paths and names of the recording machine, because the histories are committed to the repository. */
function removeMachineDetails(json: string): string {
  return json
    .replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')
    .replace(/"identity": "[^"]*"/g, '"identity": "worker"');
}

async function waitForRunIds(stack: Stack, workflowId: string): Promise<string[]> {
  return eventually(async () => {
    const ids: string[] = [];
    let open = false;
    for await (const { runId, status } of stack.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      ids.push(runId);
      open ||= status.name === 'RUNNING';
    }
    return ids.length > 0 && !open && ids;
  });
}

async function recordMissing(): Promise<void> {
  const isMissing = (name: string) => !existsSync(join(__dirname, '../histories', `${name}.json`));
  const missing = Object.entries(RUN_RECORDINGS).filter(([name]) => isMissing(name));
  const batches = Object.keys(BATCH_RECORDINGS).filter(isMissing);
  if (missing.length + batches.length === 0) return;
  const server: DevServer = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 } });
  const stack = await startStack({ address: server.address });
  // Only dialect v2 shows which run works on a case, so recordings with cases need this dialect.
  const v2Stack = await startStack({ address: server.address, dialect: 'v2' });
  try {
    for (const [name, recording] of missing) await recordRun(recording.batchCase ? v2Stack : stack, name, recording);
    for (const batch of batches) {
      for (const [name, workflowId] of Object.entries(await runRecordedBatch(stack, batch)))
        await saveHistories(stack, name, workflowId);
    }
  } finally {
    await stack.stop();
    await v2Stack.stop();
    await server.stop();
  }
}

test('missing histories are recorded', recordMissing, 300_000);
