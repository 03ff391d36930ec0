import { request as httpRequest } from 'node:http';
import { DuvoSimulator, type Fault, type SimulatorOptions } from '../../testing';

let simulator: DuvoSimulator;
const begin = async (options: SimulatorOptions = {}) => {
  simulator = await DuvoSimulator.start(options);
};
afterEach(() => simulator.close());

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(simulator.url + path, {
    method,
    headers: {
      authorization: `Bearer ${simulator.apiKey}`,
      ...(method === 'POST' && { 'idempotency-key': 'the same' }),
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('an upload', () => {
  const files = async () => {
    const { body } = await call('POST', '/v2/sandboxes', undefined, { 'idempotency-key': 'sandbox' });
    return `/v2/sandboxes/${(body as { sandbox_id: string }).sandbox_id}/files`;
  };
  const type = (boundary: string) => ({ 'content-type': `multipart/form-data${boundary}` });
  const part = (text: string) => `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${text}`;

  test('without a boundary, or truncated, is refused', async () => {
    await begin();
    const path = await files();
    expect((await call('POST', path, 'x', type(''))).status).toBe(422);
    expect((await call('POST', path, part('half'), type('; boundary=b'))).status).toBe(422);
    expect(simulator.stats['upload-file'].committed).toBe(0);
  });

  test('whose sender disconnects is not stored, and the simulator keeps running', async () => {
    await begin();
    const path = await files();
    await new Promise<void>((resolve) => {
      const upload = httpRequest(simulator.url + path, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 1_000 },
      });
      upload.on('error', () => resolve());
      upload.write('--b\r\n', () => upload.destroy(new Error('gone')));
    });
    expect((await call('GET', path)).body).toEqual({ files: [] });
  });
});

describe('faults of the hosted MCP server', () => {
  const greet = () =>
    call(
      'POST',
      '/v2/mcp',
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'greet', arguments: {} } }),
      { accept: 'application/json, text/event-stream' },
    );
  const plan = async (effect: Fault['effect']) => {
    await begin();
    simulator.addTool('greet', { result: 'hello' });
    return simulator.addFault({ operation: 'mcp', effect });
  };
  test.each([{ dropResponse: true }, { truncateBody: true }, { reset: true }] as const)(
    '%j: the client gets no complete response',
    async (effect) => {
      await plan(effect);
      await expect(greet()).rejects.toThrow();
      expect((await greet()).status).toBe(200);
    },
  );
  test('addHeaders: the response has the added headers', async () => {
    await plan({ addHeaders: { sunset: 'soon' } });
    expect((await greet()).headers.get('sunset')).toBe('soon');
  });
  test('replaceBody: the response has the given body', async () => {
    await plan({ replaceBody: '{"odd":1}' });
    expect((await greet()).body).toEqual({ odd: 1 });
  });
  test('hold after: the call is committed before the response', async () => {
    const fault = await plan({ hold: 'after' });
    const answer = greet();
    await simulator.waitFor(({ operation, committed }) => operation === 'mcp' && committed);
    fault.release();
    expect((await answer).status).toBe(200);
  });
  test('a refused call is in the ledger', async () => {
    await begin({ scopes: ['runs:read'] });
    expect((await greet()).status).toBe(403);
    expect(simulator.ledger.at(-1)).toMatchObject({ operation: 'mcp', status: 403 });
  });
});

describe('the controls over HTTP respond with the reason of a refusal', () => {
  test.each([
    ['a body that is not JSON', '{', 'the body is not JSON'],
    ['an unknown step', '{"steps": [{"end": "completed"}, {"sleep": 1}]}', 'steps.1: must be a step: {status, '],
    ['an unknown end', '{"steps": [{"end": "done"}]}', '{end: completed, failed, '],
    ['a scenario without steps', '{}', 'steps: '],
  ])('%s', async (_what, body, reason) => {
    await begin();
    const answer = await call('PUT', '/_simulator/scenarios/reader', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid' } });
    expect((answer.body as { message: string }).message).toContain(reason);
  });
});
