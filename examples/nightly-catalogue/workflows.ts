import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { approval, runAgent, stage } from 'duvo-temporal/workflows';
import { runBatch } from 'duvo-temporal/workflows/batch';
import type * as activities from './activities';
import type { Finding } from './finding';

/** Workflows that the library starts as children. The workflow file must export them. */
export { agentRun } from 'duvo-temporal/workflows';
export { batch, batchCase, batchItems, batchPage } from 'duvo-temporal/workflows/batch';

/**
 * The ids of the agents in your workspace: one agent checks the products of each category, and one removes a product
 * from the shop.
 */
export const CHECKERS: Record<string, string> = { food: 'food-checker', toys: 'toys-checker' };
export const WITHDRAWER = 'product-withdrawer';

export interface NightInput {
  /** A path or URL of the catalogue that all workers can read. */
  catalogue: string;
  /** Folder in which the reports are written. */
  reports: string;
}

export interface NightResult {
  checked: number;
  failed: number;
  /** Path of the written report. */
  report: string;
}

/** A product, as one line of the catalogue describes it. */
export interface Product {
  sku: string;
  name: string;
  category: string;
}

const FINDING = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, comment: { type: 'string' }, withdraw: { type: 'boolean' } },
  required: ['ok', 'comment'],
};

const { writeReport } = proxyActivities<typeof activities>({ startToCloseTimeout: '10m' });

/**
 * Checks all products of the catalogue as a batch and writes a report. A product that fails does not stop the others.
 */
export async function nightlyCatalogue({ catalogue, reports }: NightInput): Promise<NightResult> {
  const { batchId, completed, failed } = await stage('check', () =>
    runBatch({
      template: { workflow: { type: 'checkProduct' } },
      source: { from: catalogue },
      keyField: 'sku',
      concurrency: 20,
      attempts: 2,
    }),
  );
  const report = await stage('report', () =>
    writeReport({ batchId, folder: reports, name: workflowInfo().workflowId }),
  );
  return { checked: completed, failed, report };
}

/** Checks one product. */
export async function checkProduct({ sku, name, category }: Product): Promise<Finding> {
  const { output: finding } = await runAgent<Finding>({
    agentId: CHECKERS[category],
    message: `Check the product page of ${sku}, ${name}: its price, its pictures, and the information that the law requires.`,
    output: { schema: FINDING },
    deadline: '1h',
  });
  if (!finding.withdraw) return finding;

  // People decide in the morning. A product without a decision after 10 hours stays in the shop.
  const { approved, by } = await approval({
    title: `Take ${sku} out of the shop?`,
    description: finding.comment,
    due: '10h',
    onTimeout: 'deny',
  });
  if (!approved) return { ...finding, withdraw: false };
  await runAgent({ agentId: WITHDRAWER, message: `Take ${sku} out of the shop, as ${by} decided.` });
  return finding;
}
