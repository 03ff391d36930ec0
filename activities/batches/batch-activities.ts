import type { BatchTemplate } from '../../contract/batches/batch-contract';
import type { DuvoClient } from '../../duvo';
import type { SourceAccess } from '../../items/sources/source-access';
import type { PagesAdded } from '../../items/store-pages';
import type { Keyed } from '../resource-calls';
import { awaitCase } from './await-case';
import { awaitWorkflow } from './await-workflow';
import { cancelBatchItem } from './cancel-batch-item';
import { type BatchCase, createBatchCase } from './create-batch-case';
import { describeWorkflows } from './describe-workflows';
import { digestItemInputs } from './item-digests';
import { readBatchPage } from './read-batch-page';
import { releaseBatchPages } from './release-batch-pages';
import { storeBatchItems, type StoreBatchItemsInput } from './store-batch-items';

/**
 * Creates the internal activities of batches: they store, read and close pages, create and follow cases, and follow
 * workflows that the page did not start.
 */
export function createBatchActivities(client: DuvoClient, access: SourceAccess) {
  return {
    storeBatchItems: (input: StoreBatchItemsInput): Promise<PagesAdded> => storeBatchItems(input, access),
    readBatchPage,
    releaseBatchPages,

    /** Returns the digests of what the items start. The items came with the batch's input, so they have no store. */
    digestBatchItems: ({
      items,
      template,
    }: {
      items: unknown[];
      template: BatchTemplate;
    }): Promise<(string | null)[]> => Promise.resolve(digestItemInputs(template, items)),

    describeWorkflows,
    awaitWorkflow,
    cancelBatchItem,
    createBatchCase: (input: Keyed<BatchCase>) => createBatchCase(client, input),
    awaitCase: (input: { caseId: string }) => awaitCase(client, input),
  };
}
