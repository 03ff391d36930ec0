import { DuvoClient, DuvoError } from '../../../duvo';

/** Makes one call to `DUVO_API_BASE_URL` with an OAuth client, and sends the outcome to the parent process. */
async function main(): Promise<void> {
  const client = new DuvoClient({
    baseUrl: process.env.DUVO_API_BASE_URL,
    oauth: { clientId: 'client', clientSecret: 'dv_test', tokenUrl: process.env.DUVO_TOKEN_URL },
  });
  const outcome = await client.runs.get('run-1').then(
    ({ run }) => `run ${run?.id}`,
    (error: unknown) => (error instanceof DuvoError ? `${error.operation} ${error.kind} ${error.code}` : String(error)),
  );
  await client.close();
  process.send?.(outcome);
}
void main();
