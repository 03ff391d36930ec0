import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { InvoiceInput, invoiceException } from './workflows';

/**
 * Usage: `start.ts 4711 /data/4711.pdf`. Starts one workflow for each invoice number, even when it is called several
 * times.
 */
async function main([number = '', file = '']: string[]): Promise<void> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  const input: InvoiceInput = { number, file };
  const handle = await new Client({ connection, namespace }).workflow.start<typeof invoiceException>(
    'invoiceException',
    {
      taskQueue: 'invoices',
      workflowId: `invoice-${number}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
    },
  );
  console.log(await handle.result());
  await connection.close();
}
void main(process.argv.slice(2));
