import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { GateFeed } from './gate-feed';

/** Interval of comments that show proxies and browsers that the connection is alive. */
const KEEP_ALIVE_MS = 15_000;

/** Adds the stream of server-sent events that reports each change of the list. */
export function addEventRoute(app: FastifyInstance, feed: GateFeed): void {
  const streams = new Set<PassThrough>();
  app.get('/api/events', (_request, reply) => {
    const stream = new PassThrough();
    streams.add(stream);
    const unsubscribe = feed.subscribe((state) => stream.write(`event: gates\ndata: ${JSON.stringify(state)}\n\n`));
    const timer = setInterval(() => stream.write(': alive\n\n'), KEEP_ALIVE_MS);
    reply.raw.once('close', () => stream.destroy());
    stream.once('close', () => {
      clearInterval(timer);
      unsubscribe();
      streams.delete(stream);
    });
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
  });
  // An event stream never ends by itself, and the server waits for open responses when it closes.
  app.addHook('preClose', (done) => {
    for (const stream of streams) stream.end();
    done();
  });
}
