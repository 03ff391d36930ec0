import { Client, Connection } from '@temporalio/client';
import type { onboardSupplier } from './workflows';

/** `start.ts Acme DE` */
async function main([name = '', country = '']: string[]): Promise<void> {
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
  const handle = await new Client({ connection }).workflow.start<typeof onboardSupplier>('onboardSupplier', {
    taskQueue: 'duvo',
    workflowId: `supplier-${name}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ name, country }],
  });
  console.log(`${handle.workflowId} takes days: see its steps and gates in Temporal's UI`);
  await connection.close();
}
void main(process.argv.slice(2));
