import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { TsProcess } from '../../support/processes/ts-process';
import { ProxyServer } from '../../support/duvo/proxy-server';

let folder: string;
let ca: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duvo-ca-'));
  ca = join(folder, 'ca.pem');
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] },
  ];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], { extensions });
  writeFileSync(ca, cert);
  server = createServer({ cert, key }, (request, response) => {
    const isToken = request.url === '/oauth/token';
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        isToken
          ? { access_token: 'dv_test_token', token_type: 'Bearer' }
          : {
              run: { id: request.headers.authorization === 'Bearer dv_test_token' ? 'run-1' : '?', status: 'running' },
            },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Node reads `NODE_EXTRA_CA_CERTS` when a process starts, so a child process makes the call. */
async function callWith(env: NodeJS.ProcessEnv): Promise<string> {
  const child = TsProcess.start(join(__dirname, '../../support/duvo/custom-ca-child.ts'), {
    PATH: process.env.PATH,
    DUVO_API_BASE_URL: url,
    DUVO_TOKEN_URL: `${url}/oauth/token`,
    ...env,
  });
  const outcome = await child.firstMessage<string>();
  child.child.disconnect();
  expect(await child.waitForExit()).toBe(0);
  return outcome;
}

it('a CA of NODE_EXTRA_CA_CERTS is trusted, for the token endpoint and the API', async () => {
  expect(await callWith({ NODE_EXTRA_CA_CERTS: ca })).toBe('run run-1');
});

it('a certificate of an unknown CA fails the connection, and nothing is sent', async () => {
  expect(await callWith({})).toMatch(/^oauth\.token connection (DEPTH_ZERO_)?SELF_SIGNED_CERT/);
});

it('a CA of NODE_EXTRA_CA_CERTS is trusted through a proxy, which sees only the tunnel', async () => {
  const proxy = await ProxyServer.start();
  try {
    expect(await callWith({ NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: proxy.url })).toBe('run run-1');
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(url).host]));
  } finally {
    await proxy.stop();
  }
});
