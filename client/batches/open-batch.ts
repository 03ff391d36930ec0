import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { inputDigest } from '../../items/input-digest';
import { BATCH_WORKFLOW_TYPE, type BatchInput } from '../../contract/batches/batch-contract';
import { MemoKeys } from '../../contract/names';
import { commandLine } from '../../contract/text/command-line';
import { DuvoBatch } from './batch';
import { findDifferences } from './find-differences';
import { isAlreadyStarted, KeyConflictError } from '../errors';
import { describeWorkflow } from '../../temporal/memo-reader';
import { hasSameInput } from '../temporal/same-input';
import { withTimeout } from '../temporal/with-timeout';
import { toExecutionIds } from '../temporal/workflow-execution';

/** The workflow of a batch that is to be opened. */
export interface BatchToOpen {
  client: Client;
  taskQueue: string;
  input: BatchInput;
  /** @default a random key */
  key?: string;
  /** Further fields of the memo. */
  memo: Record<string, unknown>;
}

export interface OpenedBatch {
  batch: DuvoBatch;
  /** Whether this call started the workflow. */
  isNew: boolean;
  /** Whether an earlier workflow of the key failed because its items could not be read to their end. */
  isAnew: boolean;
}

/** Limit for reading the input of a batch that has the same key. */
const INPUT_TIMEOUT_MS = 10_000;

export interface OpenHooks {
  onAttached?: (batch: DuvoBatch) => void;
  beforeAnew?: (failed: DuvoBatch) => Promise<void>;
}

/** Workflow id of a batch. A batch without a key has a random one. */
export const batchWorkflowId = (key: string = randomUUID()): string => `duvo-batch-${key}`;

/**
 * Starts the batch's workflow, or attaches to the one that has the key. When that one failed because its source could not
 * be read to its end, waits for its end and starts the batch anew: the key names the work, and the work was never complete.
 *
 * @param hooks.onAttached called with a batch that existed before
 * @param hooks.beforeAnew called with the failed batch before another one replaces it. An exception leaves the failed batch
 * as it is, so that its rows can be read
 * @throws KeyConflictError when the batch of the key has another input
 */
export async function openBatch(toOpen: BatchToOpen, { onAttached, beforeAnew }: OpenHooks = {}): Promise<OpenedBatch> {
  const { client, key = randomUUID() } = toOpen;
  const workflowId = batchWorkflowId(key);
  const digest = inputDigest(toOpen.input);
  for (let isAnew = false; ; isAnew = true) {
    const runId = await startBatch(toOpen, workflowId, digest, isAnew);
    if (runId !== undefined)
      return { batch: new DuvoBatch(client, workflowId, { runId, firstRunId: runId }), isNew: true, isAnew };
    const existing = await describeWorkflow(client, workflowId);
    const batch = new DuvoBatch(client, workflowId, toExecutionIds(existing));
    if (!hasSameInput(existing, digest)) throw await toKeyConflict(key, batch, toOpen.input);
    onAttached?.(batch);
    if (!(await batch.hasSourceFailed())) return { batch, isNew: false, isAnew };
    await batch.result().catch(() => undefined);
    await beforeAnew?.(batch);
  }
}

/** Names what differs, when a worker answers in time. */
async function toKeyConflict(key: string, batch: DuvoBatch, input: BatchInput): Promise<KeyConflictError> {
  const { workflowId } = batch;
  const existing = await withTimeout(batch.options(), INPUT_TIMEOUT_MS, 'no answer').catch(() => undefined);
  const fields = existing ? findDifferences(existing, JSON.parse(JSON.stringify(input)) as BatchInput) : [];
  if (fields.length === 0) return new KeyConflictError(key, workflowId);
  const hint = `'${commandLine('batch', 'concurrency', workflowId, String(input.concurrency ?? 10))}' changes the concurrency`;
  return new KeyConflictError(
    key,
    workflowId,
    `another input, which differs in ${fields.join(', ')}`,
    fields.includes('concurrency') ? hint : '',
  );
}

/** @returns Temporal's run id; `undefined` when the workflow exists: with `isAnew`, when one runs */
async function startBatch(
  { client, taskQueue, input, key, memo }: BatchToOpen,
  workflowId: string,
  digest: string,
  isAnew: boolean,
): Promise<string | undefined> {
  try {
    const { firstExecutionRunId } = await client.workflow.start(BATCH_WORKFLOW_TYPE, {
      workflowId,
      taskQueue,
      args: [input],
      memo: { ...memo, [MemoKeys.inputDigest]: digest, ...(key !== undefined && { [MemoKeys.key]: key }) },
      workflowIdReusePolicy: isAnew ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      ...(input.priority && { priority: input.priority }),
    });
    return firstExecutionRunId;
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    return undefined;
  }
}
