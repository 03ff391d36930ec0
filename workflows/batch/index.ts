/**
 * Batches in workflow code. The workflow file of the worker that runs batches must export these workflows:
 *
 *     export { agentRun } from 'duvo-temporal/workflows';
 *     export { batch, batchCase, batchItems, batchPage } from 'duvo-temporal/workflows/batch';
 */
export { batch, batchInput, batchState, pagesAdded, pause, resume, setConcurrency } from './batch';
export { batchCase } from './item/batch-case';
export { batchItems, closeStore, storedItems } from './page/page-store';
export { batchPage } from './page/batch-page';
export { pageState } from './page/page-messages';
export { runBatch } from './run-batch';
export * from '../../contract/batches/batch-contract';
