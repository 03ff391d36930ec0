import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import * as duvo from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, replyJson, TestServer, replyText } from '../../support/duvo/http-test-server';

setUpClient();

const mutate = { idempotencyKey: 'k' };
describe('a connection', () => {
  it('that is refused fails, and nothing has reached Duvo', async () => {
    const gone = await TestServer.start();
    const nobody = createClient(gone);
    await gone.stop();
    const error = await errorOf(nobody.runs.start({ agentId: 'a' }, mutate));
    await nobody.close();
    expect(error).toBeInstanceOf(duvo.DuvoConnectionError);
    expect(error).toMatchObject({ kind: 'connection', code: 'ECONNREFUSED', reached: 'no' });
    expect(error.message).toBe(
      'runs.start: no connection: check the network, DUVO_API_BASE_URL and HTTPS_PROXY (POST /v1/runs, code ECONNREFUSED)',
    );
  });

  it('that breaks before the response fails, and the request may have reached Duvo', async () => {
    server.handler = (_request, response) => response.destroy();
    const error = await errorOf(client.runs.start({ agentId: 'a' }, mutate));
    expect(error).toMatchObject({ kind: 'connection', reached: 'maybe' });
    expect(error.message).toContain('broke while waiting for the headers');
  });

  it('that is reset fails with the code of the system', async () => {
    server.handler = (_request, _response, raw) => raw.socket.resetAndDestroy();
    expect(await errorOf(client.runs.get('r'))).toMatchObject({
      kind: 'connection',
      code: 'ECONNRESET',
      reached: 'maybe',
    });
  });

  it('that breaks in the middle of a body fails', async () => {
    server.handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"run":', () => response.destroy());
    };
    const error = await errorOf(client.runs.get('r'));
    expect(error).toMatchObject({ kind: 'connection', reached: 'maybe' });
    expect(error.message).toContain('broke while waiting for the body');
  });

  it('to a server of another protocol fails', async () => {
    const other = createServer((socket) =>
      socket
        .resume()
        .on('error', () => undefined)
        .end('220 mail.example ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const lost = new duvo.DuvoClient({ apiKey: 'k', baseUrl: `http://127.0.0.1:${port}` });
    const error = await errorOf(lost.runs.get('r'));
    expect(error.kind).toBe('connection');
    expect(error.message).not.toContain('mail.example');
    await lost.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('is closed by close(), also by a second close(), and later calls fail', async () => {
    await client.runs.get('r');
    const closed = server.waitForNext('close');
    await Promise.all([client.close(), client.close()]);
    await closed;
    await client.close();
    expect(await errorOf(client.runs.get('r'))).toMatchObject({ kind: 'connection', reached: 'no' });
  });
});

describe('keep-alive', () => {
  it.each([
    ['a success', replyJson(200, { run: null })],
    ['an error with a body', replyJson(500, { code: 'c', message: 'm'.repeat(100_000) })],
    ['an error without a body', replyText(429, '')],
    ['HTML on 200', replyText(200, '<html>')],
    ['a missing field', replyJson(200, { run: {} })],
    ['a 204', replyText(204, '')],
  ])('uses the same socket after %s', async (_name, handler) => {
    server.handler = handler;
    await client.runs.get('r').catch(() => undefined);
    await client.runs.get('r').catch(() => undefined);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
  });

  it('opens a new socket after a body that is too large', async () => {
    server.handler = replyText(200, ' '.repeat(duvo.MAX_RESPONSE_BYTES + 1));
    expect(await errorOf(client.runs.get('r'))).toMatchObject({ kind: 'contract-violation', field: 'body' });
    server.handler = replyJson(200, { run: null });
    await client.runs.get('r');
    expect(server.requests[1]?.connection).not.toBe(server.requests[0]?.connection);
  });

  it('never opens more sockets than allowed', async () => {
    const narrow = createClient(server, { maxConnections: 3 });
    await Promise.all(Array.from({ length: 30 }, () => narrow.runs.get('r')));
    expect(server.connections).toBeLessThanOrEqual(3);
    expect(server.requests).toHaveLength(30);
    await narrow.close();
  });

  it('reads a body whose chunks end inside a character', async () => {
    const bytes = Buffer.from(JSON.stringify({ run: { id: 'r', status: 'running', note: 'é€😀' } }));
    const cut = bytes.indexOf(Buffer.from('€')) + 1;
    server.handler = (_request, response) => {
      response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))));
    };
    expect((await client.runs.get('r')).run?.unknownFields).toEqual({ note: 'é€😀' });
  });

  it('works after an informational response', async () => {
    server.handler = (request, response, raw) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' }, () =>
        replyJson(200, { run: null })(request, response, raw),
      );
    };
    expect(await client.runs.get('r')).toMatchObject({ run: null });
  });
});
