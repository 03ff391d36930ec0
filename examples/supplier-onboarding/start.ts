import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { onboardSupplier } from './workflows';

/** Usage: `start.ts Acme DE` */
async function main([name = '', country = '']: string[]): Promise<void> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  const handle = await new Client({ connection, namespace }).workflow.start<typeof onboardSupplier>('onboardSupplier', {
    taskQueue: 'suppliers',
    workflowId: `supplier-${name}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ name, country }],
  });
  console.log(`${handle.workflowId} is running and takes days: see its stages and gates in Temporal's UI`);
  await connection.close();
}
void main(process.argv.slice(2));
