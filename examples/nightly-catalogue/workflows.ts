import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { approval, runAgent, stage } from 'duvo-temporal/workflows';
import { runBatch } from 'duvo-temporal/workflows/batch';
import type * as activities from './activities';

/** What the library starts as children. */
export { agentRun } from 'duvo-temporal/workflows';
export { batch, batchCase, batchItems, batchPage } from 'duvo-temporal/workflows/batch';

/** The agents of your workspace: one for each category, and one that takes a product out of the shop. */
export const CHECKERS: Record<string, string> = { food: 'food-checker', toys: 'toys-checker' };
export const WITHDRAWER = 'product-withdrawer';

export interface NightInput {
  /** The catalogue: a path or a URL that all workers can read. */
  catalogue: string;
  /** Folder of the reports. */
  reports: string;
}

export interface NightResult {
  checked: number;
  failed: number;
  /** Path of the report. */
  report: string;
}

/** A line of the catalogue. */
export interface Product {
  sku: string;
  name: string;
  category: string;
}

/** What the agent of a category is to say about a product. */
export interface Finding {
  ok: boolean;
  says: string;
  /** Whether it must not be sold. */
  withdraw?: boolean;
}

const FINDING = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, says: { type: 'string' }, withdraw: { type: 'boolean' } },
  required: ['ok', 'says'],
};

const { writeReport } = proxyActivities<typeof activities>({ startToCloseTimeout: '10m' });

/** The whole night: every product is checked, whatever becomes of the others, and a report is written. */
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

/** One product. */
export async function checkProduct({ sku, name, category }: Product): Promise<Finding> {
  const { output: finding } = await runAgent<Finding>({
    agentId: CHECKERS[category],
    message: `Check the product page of ${sku}, ${name}: its price, its pictures, and what the law wants it to say.`,
    output: { schema: FINDING },
    deadline: '1h',
  });
  if (!finding.withdraw) return finding;

  // Somebody comes at eight; what nobody has decided by then stays in the shop.
  const { approved, by } = await approval({
    title: `Take ${sku} out of the shop?`,
    description: finding.says,
    due: '10h',
    onTimeout: 'deny',
  });
  if (!approved) return { ...finding, withdraw: false };
  await runAgent({ agentId: WITHDRAWER, message: `Take ${sku} out of the shop, as ${by} decided.` });
  return finding;
}
