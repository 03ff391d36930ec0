import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DuvoClient } from '../../duvo';
import { type Figure, createFigure } from '../support/figure';

const CALLS = 1_000;
const CONCURRENCY = 50;

/** Counts the token requests of an OAuth client that sends many concurrent calls. The minimum is one token request. */
export async function measureTokenCache(): Promise<Figure[]> {
  let tokens = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    if (request.url === '/oauth/token') {
      tokens += 1;
      response.end(JSON.stringify({ access_token: `token-${tokens}`, token_type: 'Bearer', expires_in: 3_600 }));
    } else response.end(JSON.stringify({ run: { id: 'run-1', status: 'running' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oauth = { clientId: 'bench', clientSecret: 'dv_bench', tokenUrl: `${baseUrl}/oauth/token` };
  const client = new DuvoClient({ baseUrl, oauth, maxConnections: CONCURRENCY });
  try {
    let calls = 0;
    const worker = async () => {
      while (calls++ < CALLS) await client.runs.get('run-1');
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  }
  return [createFigure('token-cache', tokens, 1, 'token requests')];
}
