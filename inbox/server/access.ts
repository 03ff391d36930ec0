import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Person } from '../api-types';
import { HttpError } from './http-error';
import type { Sessions } from './sessions';

declare module 'fastify' {
  interface FastifyRequest {
    /** The person of the session; absent outside of the API, and before the login. */
    person?: Person;
  }
  interface FastifyContextConfig {
    /** Whether the route needs no session. @default false */
    isPublic?: boolean;
  }
}

/** A form of another site cannot send this header, and its script must ask for permission first, which the inbox never grants. */
export const REQUEST_HEADER = 'x-duvo-inbox';

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Returns the name of the session's cookie. A cookie does not belong to a port, so the name tells two inboxes on one machine
 * apart. The prefix `__Host-` would need https.
 */
export function cookieName(request: FastifyRequest): string {
  return `duvo-inbox-${request.socket.localPort}`;
}

/** Checks each request before its body is read: its host, its origin and its session. */
export function addAccessChecks(app: FastifyInstance, sessions: Sessions): void {
  app.decorateRequest('person', undefined);
  app.addHook('onRequest', async (request) => {
    checkHost(request);
    if (!request.url.startsWith('/api/')) return;
    checkOrigin(request);
    if (request.routeOptions.config.isPublic) return;
    request.person = await sessions.open(request.cookies[cookieName(request)]);
    if (!request.person) {
      const message = 'there is no session: open the link that the command printed';
      throw new HttpError(401, 'Inbox.NoSession', message, { denied: 'no-session' });
    }
  });
}

/** Returns the person of a request that the access checks have passed. */
export function personOf({ person }: FastifyRequest): Person {
  if (!person) throw new HttpError(401, 'Inbox.NoSession', 'there is no session', { denied: 'no-session' });
  return person;
}

/** Refuses a name that another site has made to point to this machine (DNS rebinding). */
function checkHost({ headers: { host = '' } }: FastifyRequest): void {
  if (LOOPBACK_NAMES.includes(host.replace(/:\d+$/, ''))) return;
  const message = 'the inbox serves 127.0.0.1, localhost and [::1] only: use one of these names';
  throw new HttpError(403, 'Inbox.WrongHost', message, { denied: 'wrong-host' });
}

/** Refuses what a page of another site, or of another port of this machine, has sent. */
function checkOrigin({ headers, method }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${headers.host}`;
  const isRead = method === 'GET' || method === 'HEAD';
  const isMarked = headers.origin !== undefined && headers[REQUEST_HEADER] !== undefined;
  if (isOwnSite && isOwnOrigin && (isRead || isMarked)) return;
  const message = `the request is not from the inbox's own page: send Origin and the header ${REQUEST_HEADER}`;
  throw new HttpError(403, 'Inbox.CrossSite', message, { denied: 'cross-site' });
}
