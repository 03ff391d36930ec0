import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { DuvoWorkflows, InvalidInputError } from '../../client';
import type { Person } from '../api-types';
import { addAccessChecks } from './access';
import type { DeniedAccess } from './denied-access';
import { addErrorResponses } from './error-responses';
import { addEventRoute } from './event-route';
import { GateFeed } from './gate-feed';
import { addGateRoutes } from './gate-routes';
import { addPageRoutes } from './page-routes';
import { SECURITY_HEADERS } from './security-headers';
import { addSessionRoutes } from './session-routes';
import { Sessions } from './sessions';

export interface InboxOptions {
  /** Temporal's client; the caller closes its connection. */
  client: Client;
  /** The person who uses this inbox. Whoever opens one of its links answers in this name and with these groups. */
  person: Person;
  /** An address of this machine's own network. @default '127.0.0.1' */
  host?: string;
  /** @default a free port */
  port?: number;
  /** Called for each request that was refused. @default nothing */
  onDenied?: (denied: DeniedAccess) => void;
  /** Called when a link was used, with the link for one more browser. @default nothing */
  onLogin?: (nextLink: string) => void;
}

export interface Inbox {
  /** Such as `http://127.0.0.1:8234`. */
  url: string;
  /** Creates a link that logs one browser in. */
  createLink(): string;
  /** Stops to accept requests, and waits until the answers under way are delivered. */
  close(): Promise<void>;
}

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** A body has at most the answers and the comment that the contract permits, as JSON. */
const MAX_BODY_BYTES = 500_000;

/** A reference has a workflow id of at most 1,000 characters and a gate id, whose bytes are percent-encoded. */
const MAX_REF_CHARS = 10_000;

/**
 * Starts the inbox for one person on this machine. Temporal is its only store.
 *
 * @throws InvalidInputError; Error that names the port when it is taken
 */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const { client, person, host = '127.0.0.1', port = 0, onDenied = () => undefined, onLogin } = options;
  if (!LOOPBACK_HOSTS.includes(host))
    throw new InvalidInputError(
      'host',
      'must be 127.0.0.1, ::1 or localhost: the connection is not encrypted; forward the port with ssh -L instead',
    );
  const app = await createServer();
  const sessions = new Sessions(person);
  const { gates } = new DuvoWorkflows(client);
  const feed = new GateFeed(gates);
  addErrorResponses(app, onDenied);
  addAccessChecks(app, sessions);
  const createLink = () => `${url}/#token=${sessions.createToken()}`;
  addSessionRoutes(app, sessions, () => onLogin?.(createLink()));
  addGateRoutes(app, gates, feed);
  addEventRoute(app, feed);
  await addPageRoutes(app);
  app.get('/healthz', () => ({ status: 'ready' }));
  await listen(app, host, port);
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${(app.server.address() as AddressInfo).port}`;
  return {
    url,
    createLink,
    close: () => app.close(),
  };
}

/** The packages of the server are loaded here, so that the other commands start without them. */
async function createServer(): Promise<FastifyInstance> {
  const [{ fastify }, { default: cookie }, { default: helmet }, { default: rateLimit }] = await Promise.all([
    import('fastify'),
    import('@fastify/cookie'),
    import('@fastify/helmet'),
    import('@fastify/rate-limit'),
  ]);
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, routerOptions: { maxParamLength: MAX_REF_CHARS } });
  app.removeContentTypeParser('text/plain');
  await app.register(cookie);
  await app.register(helmet, SECURITY_HEADERS);
  await app.register(rateLimit, { global: false });
  return app;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EADDRINUSE' ? new InvalidInputError('port', `${port} is taken: give another one, or 0`) : error;
  }
}
