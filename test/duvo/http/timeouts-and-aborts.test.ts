import { getEventListeners, getMaxListeners } from 'node:events';
import * as duvo from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, replyJson, replyText } from '../../support/duvo/http-test-server';

setUpClient();

const mutate = { idempotencyKey: 'k' };
describe('a timeout', () => {
  it('of the headers closes the socket', async () => {
    const hasty = createClient(server, { timeouts: { headersMs: 30 } });
    server.handler = () => undefined;
    const closed = server.waitForNext('close');
    const error = await errorOf(hasty.runs.start({ agentId: 'a' }, mutate));
    expect(error).toBeInstanceOf(duvo.DuvoTimeoutError);
    expect(error).toMatchObject({ kind: 'timeout', reached: 'maybe' });
    expect(error.message).toContain('waiting for the headers');
    await closed;
    await hasty.close();
  });

  it('of the headers is not restarted by an informational response', async () => {
    const hasty = createClient(server, { timeouts: { headersMs: 30 } });
    server.handler = (_request, response) => response.writeEarlyHints({ link: '</x>; rel=preload' });
    expect((await errorOf(hasty.runs.get('r'))).message).toContain('waiting for the headers');
    await hasty.close();
  });

  it('of the body closes the socket, although bytes still arrive', async () => {
    const hasty = createClient(server, { timeouts: { bodyMs: 60 } });
    let drip: NodeJS.Timeout | undefined;
    server.handler = (_request, response) => {
      response.writeHead(200);
      drip = setInterval(() => response.write(' '), 5);
    };
    const closed = server.waitForNext('close');
    const error = await errorOf(hasty.runs.get('r'));
    expect(error).toMatchObject({ kind: 'timeout', reached: 'maybe' });
    expect(error.message).toContain('waiting for the body');
    await closed;
    clearInterval(drip);
    await hasty.close();
  });

  it('of the wait for a free connection ends a call, which is never sent', async () => {
    const narrow = createClient(server, { maxConnections: 1, timeouts: { connectMs: 1_000 } });
    let release: () => void = () => undefined;
    server.handler = (request, response, raw) =>
      (release = () => replyJson(200, { run: null })(request, response, raw));
    const arrived = server.waitForNext('request');
    const first = narrow.runs.get('first');
    await arrived;
    expect(await errorOf(narrow.runs.get('second'))).toMatchObject({ kind: 'timeout', reached: 'no' });
    release();
    await first;
    server.handler = replyJson(200, { run: null });
    await narrow.runs.get('third');
    expect(server.requests.map(({ url }) => url)).toEqual(['/v1/runs/first', '/v1/runs/third']);
    await narrow.close();
  });
});

describe("the caller's signal", () => {
  it('closes the socket while Duvo has not responded', async () => {
    server.handler = () => undefined;
    const [arrived, closed] = [server.waitForNext('request'), server.waitForNext('close')];
    const controller = new AbortController();
    const call = errorOf(client.runs.start({ agentId: 'a' }, { ...mutate, signal: controller.signal }));
    await arrived;
    controller.abort(new Error('a reason of the caller'));
    const error = await call;
    expect(error).toBeInstanceOf(duvo.DuvoAbortedError);
    expect(error).toMatchObject({ kind: 'aborted', reached: 'maybe' });
    await closed;
  });

  it('closes the socket in the middle of a body', async () => {
    const closed = server.waitForNext('close');
    const controller = new AbortController();
    server.handler = (_request, response) => {
      response.writeHead(500);
      response.write('{', () => controller.abort());
    };
    expect(await errorOf(client.runs.get('r', { signal: controller.signal }))).toMatchObject({ kind: 'aborted' });
    await closed;
  });

  it('ends a call that waits for a free connection, and the call is never sent', async () => {
    const narrow = createClient(server, { maxConnections: 1 });
    let release: () => void = () => undefined;
    server.handler = (request, response, raw) =>
      (release = () => replyJson(200, { run: null })(request, response, raw));
    const arrived = server.waitForNext('request');
    const first = narrow.runs.get('first');
    await arrived;
    const controller = new AbortController();
    const second = errorOf(narrow.runs.get('second', { signal: controller.signal }));
    controller.abort();
    expect(await second).toMatchObject({ kind: 'aborted', reached: 'no' });
    release();
    await first;
    server.handler = replyJson(200, { run: null });
    await narrow.runs.get('third');
    expect(server.requests.map(({ url }) => url)).toEqual(['/v1/runs/first', '/v1/runs/third']);
    await narrow.close();
  });

  it('that is already aborted sends nothing', async () => {
    const error = await errorOf(client.runs.get('r', { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ kind: 'aborted', reached: 'no' });
    expect(server.connections).toBe(0);
  });

  it('may be a polyfill', async () => {
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      addEventListener: (_event: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_event: string, listener: () => void) => listeners.delete(listener),
    } as unknown as AbortSignal;
    await client.runs.get('r', { signal });
    expect(listeners.size).toBe(0);
    server.handler = () => undefined;
    const arrived = server.waitForNext('request');
    const call = errorOf(client.runs.get('r', { signal }));
    await arrived;
    for (const listener of listeners) listener();
    expect(await call).toMatchObject({ kind: 'aborted', reached: 'maybe' });
  });

  it('keeps no listeners of calls that have ended', async () => {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => client.runs.get('r', { signal })));
    server.handler = replyText(500, 'no');
    await errorOf(client.runs.get('r', { signal }));
    server.handler = (_request, response) => response.destroy();
    await errorOf(client.runs.get('r', { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(getMaxListeners(signal)).toBe(Infinity); // without this limit, Node.js warns of a leak from the 11th call at the same time
  });
});
