import type { KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuvoClient, type DuvoClientOptions, type OAuthOptions } from '../../../duvo';
import { AuthorizationServer, type AuthorizationServerOptions, CLIENT_ID } from './authorization-server';

export const SECRET = 'canary+secret/of the=client';
export const folder = mkdtempSync(join(tmpdir(), 'duvo-oauth-'));
export let server: AuthorizationServer;
const clients: DuvoClient[] = [];

/** Stops the authorization server and closes the clients after each test of the file. */
export function setUpOAuth(): void {
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server?.stop();
  });
}

export async function startServer(options: AuthorizationServerOptions = {}): Promise<void> {
  server = await AuthorizationServer.start({ clientSecret: SECRET, ...options });
}

/** Creates a client of the started server. Without a private key, the client uses the secret. */
export function createOAuthClient(
  oauth: Partial<OAuthOptions> = {},
  options: Pick<DuvoClientOptions, 'timeouts' | 'onRequest'> = {},
): DuvoClient {
  const credential = oauth.privateKeyFile === undefined ? { clientSecret: SECRET } : {};
  const allOptions = { baseUrl: server.url, oauth: { clientId: CLIENT_ID, ...credential, ...oauth }, ...options };
  const client = new DuvoClient(allOptions);
  clients.push(client);
  return client;
}

export function writeKeyFile(name: string, key: KeyObject, format: 'pem' | 'jwk'): string {
  const path = join(folder, name);
  const text =
    format === 'pem' ? key.export({ type: 'pkcs8', format: 'pem' }) : JSON.stringify(key.export({ format: 'jwk' }));
  writeFileSync(path, text);
  return path;
}
