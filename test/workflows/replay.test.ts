import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { FailureTypes } from '../../contract/failures';
import { BATCH_RECORDINGS } from '../record/batches';
import { RUN_RECORDINGS } from '../record/runs';
import { workflowBundle } from '../support/stack';

const folder = join(__dirname, '../histories');
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** Failure types of updates, processes and batches. No run fails with these types. */
const OF_OTHERS: readonly string[] = [
  FailureTypes.GateUnknown,
  FailureTypes.GateClosed,
  FailureTypes.AnswerInvalid,
  FailureTypes.AnswerNotAllowed,
  FailureTypes.AnswerStale,
  FailureTypes.DeadlineExceeded,
  FailureTypes.CompensationFailed,
  FailureTypes.NotificationFailed,
  FailureTypes.ChangeInvalid,
  FailureTypes.ChangeNotAllowed,
  FailureTypes.KeyConflict,
  FailureTypes.BatchAbandoned,
  FailureTypes.BatchSourceUnreadable,
  FailureTypes.BatchSourceChanged,
];

/** Workflow types that are recorded together with a batch: its pages and page stores. */
const OF_BATCHES = [
  'batch-completed-page',
  'batch-completed-items',
  'batch-paused-page',
  'batch-stopped-page',
  'batch-cancelled-page',
  'batch-page-died-page',
  'batch-page-died-page-again',
  'batch-continued-then',
  'batch-burst-page',
  'batch-mixed-page',
  'batch-handed-over-page',
  'batch-handed-over-next-page',
];

interface History {
  events: {
    workflowExecutionFailedEventAttributes?: { failure: { applicationFailureInfo?: { type: string } } };
  }[];
}
const historyOf = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History;

test('every required history is recorded', () => {
  const names = [
    ...Object.keys(RUN_RECORDINGS),
    ...Object.keys(BATCH_RECORDINGS),
    ...OF_BATCHES,
    'continued-as-new-then',
  ];
  expect(histories).toEqual(expect.arrayContaining(names.map((name) => `${name}.json`)));
});

test('a history is recorded for every failure type of a run', () => {
  const ends = histories.map((name) => historyOf(name).events.at(-1)?.workflowExecutionFailedEventAttributes);
  const types = ends.map((end) => end?.failure.applicationFailureInfo?.type);
  const ofRuns = Object.values(FailureTypes).filter((type) => !OF_OTHERS.includes(type));
  expect(types).toEqual(expect.arrayContaining(ofRuns));
});

test.each(histories)('replays %s', async (name) => {
  const history = historyOf(name);
  // The workflow ids of pages are derived from the id of the batch.
  const workflowId = name.startsWith('batch-') ? `duvo-batch-${name.replace(/(-then)?\.json$/, '')}` : name;
  await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, history, workflowId);
});
