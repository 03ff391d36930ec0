import type { FastifyInstance } from 'fastify';
import { cookieName } from './access';
import { HttpError } from './http-error';
import type { Sessions } from './sessions';

/** Maximum number of logins from one address in a minute. */
const MAX_LOGINS_PER_MINUTE = 10;

/**
 * Adds the login: the one-time token of the printed link is exchanged for a session. The token is in the fragment of the link,
 * which browsers do not send, and only a POST uses it up: a program that opens links in advance does no harm.
 */
export function addSessionRoutes(app: FastifyInstance, sessions: Sessions, onLogin: () => void): void {
  const rateLimit = { max: MAX_LOGINS_PER_MINUTE, timeWindow: '1 minute' };
  app.post('/api/session', { config: { isPublic: true, rateLimit } }, async (request, reply) => {
    const { token } = (request.body ?? {}) as { token?: unknown };
    const session = typeof token === 'string' ? await sessions.exchange(token) : undefined;
    if (!session) {
      const message = 'the link was used before, or belongs to another start of the inbox: open the latest one';
      throw new HttpError(401, 'Inbox.WrongToken', message, { denied: 'wrong-token' });
    }
    onLogin();
    const { cookie, maxAgeSeconds } = session;
    const options = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: maxAgeSeconds } as const;
    return reply.setCookie(cookieName(request), cookie, options).code(204).send();
  });
}
