import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/stack';

const folder = join(__dirname, '../histories');
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** One for every way a run ends (test/record-histories.ts). A change to workflow code must replay all of them. */
const ENDS = [
  'completed',
  'attached',
  'failed',
  'interrupted',
  'resumed',
  'start-adopted',
  'start-sent-again',
  'start-given-up',
  'canceled-in-duvo',
  'gone',
  'cancelled',
  'deadline',
  'gate-timed-out',
  'call-refused',
  'invalid-input',
  'continued-as-new',
  'output-asked-again',
  'output-invalid',
  'process-gates',
  'process-cancelled-at-gate',
];

/** Of batches, of their pages, and of the stores of these. */
const BATCHES = [
  'batch-completed',
  'batch-completed-page',
  'batch-completed-items',
  'batch-paused',
  'batch-cancelled',
  'batch-cancelled-page',
  'batch-stopped',
  'batch-page-died',
  'batch-page-died-page-again',
  'batch-source',
  'batch-source-wrong',
  'batch-continued',
  'batch-continued-then',
];

test('there is a recorded history for every way a batch goes', () => {
  for (const name of BATCHES) expect(histories).toContain(`${name}.json`);
});

test('there is a recorded history for every way a run ends', () => {
  for (const end of ENDS) expect(histories).toContain(`${end}.json`);
});

test.each(histories)('replays %s', async (name) => {
  const history: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  // A batch names its pages by its own id.
  const workflowId = name.startsWith('batch-') ? `duvo-batch-${name.replace(/(-then)?\.json$/, '')}` : name;
  await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, history, workflowId);
});
