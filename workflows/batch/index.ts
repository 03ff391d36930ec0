/**
 * The door for batches: `batch` and what it is made of, to be exported by the workflow file of the worker that runs them.
 *
 *     export { agentRun } from 'duvo-temporal/workflows';
 *     export { batch, batchCase, batchItems, batchPage } from 'duvo-temporal/workflows/batches';
 */
export { batch, batchInput, batchState, pagesAdded, pause, resume, setWidth } from './batch';
export { batchCase } from './batch-case';
export { batchItems, release, storedItems } from './page-store';
export { batchPage } from './batch-page';
export { pageState } from './page-messages';
export { runBatch } from './run-batch';
export * from '../../contract/batch-contract';
