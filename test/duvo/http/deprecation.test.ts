import type { Deprecation } from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, replyJson } from '../../support/duvo/http-test-server';

let notices: Deprecation[];
beforeEach(() => {
  notices = [];
});
setUpClient({ onDeprecation: (one) => notices.push(one) });

/** Makes the server send these headers with every response. */
function setHeaders(headers: Record<string, string | string[]>, status = 200): void {
  server.handler = replyJson(status, { run: null }, headers);
}

const GET = { operation: 'runs.get', method: 'GET', path: '/v1/runs/{run_id}' };
const SUNSET = 'Sun, 30 Jun 2030 23:59:59 GMT';

describe('a deprecation notice', () => {
  it.each<[string, Record<string, string | string[]>, object]>([
    ['a moment (RFC 9745)', { deprecation: '@1688169599' }, { deprecatedAt: '2023-06-30T23:59:59.000Z' }],
    ['a moment with parameters', { deprecation: '@1688169599;why="x"' }, { deprecatedAt: '2023-06-30T23:59:59.000Z' }],
    ['a moment of twelve digits', { deprecation: '@253402300799' }, { deprecatedAt: '9999-12-31T23:59:59.000Z' }],
    ['true', { deprecation: 'true' }, {}],
    ['true with parameters', { deprecation: '?1;a=1' }, {}],
    ['a date', { deprecation: 'Fri, 30 Jun 2023 23:59:59 GMT' }, { deprecatedAt: '2023-06-30T23:59:59.000Z' }],
    ['a sunset alone', { sunset: SUNSET }, { sunsetAt: '2030-06-30T23:59:59.000Z' }],
    [
      'both, with a link',
      { deprecation: '@1688169599', sunset: SUNSET, link: '<https://docs.example/v2>; rel="deprecation"' },
      {
        deprecatedAt: '2023-06-30T23:59:59.000Z',
        sunsetAt: '2030-06-30T23:59:59.000Z',
        link: 'https://docs.example/v2',
      },
    ],
    [
      'a link among others',
      { sunset: SUNSET, link: '<https://a.example>; rel="next", <https://b.example/x>; type="text/html"; rel=sunset' },
      { sunsetAt: '2030-06-30T23:59:59.000Z', link: 'https://b.example/x' },
    ],
    [
      'a link in a header of its own',
      { sunset: SUNSET, link: ['<https://a.example>; rel="next"', '<https://b.example/x>; rel="sunset"'] },
      { sunsetAt: '2030-06-30T23:59:59.000Z', link: 'https://b.example/x' },
    ],
    [
      'a link after quotes with commas and another relation',
      {
        sunset: SUNSET,
        link: '<https://a.example>; rel="next"; title="a, <https://c.example>; rel=sunset" , <https://b.example/x>; title="say \\"v2\\", please"; rel="help  Sunset"',
      },
      { sunsetAt: '2030-06-30T23:59:59.000Z', link: 'https://b.example/x' },
    ],
    [
      'a link whose first relation counts',
      { sunset: SUNSET, link: '<https://a.example>; rel=next; rel=sunset' },
      { sunsetAt: '2030-06-30T23:59:59.000Z' },
    ],
    [
      'a link with a broken parameter',
      { sunset: SUNSET, link: '<https://a.example>; rel="sunset' },
      { sunsetAt: '2030-06-30T23:59:59.000Z' },
    ],
    [
      'a link that may not be shown',
      { sunset: SUNSET, link: '<https://u:dv_test@b.example/x>; rel="sunset"' },
      { sunsetAt: '2030-06-30T23:59:59.000Z' },
    ],
  ])('%s', async (_name, headers, said) => {
    setHeaders(headers);
    await client.runs.get('run-1');
    expect(client.deprecations()).toEqual([{ ...GET, ...said, count: 1 }]);
    expect(notices).toEqual(client.deprecations());
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['false', { deprecation: 'false' }],
    ['a structured false', { deprecation: '?0' }],
    ['a structured false with parameters', { deprecation: '?0;a=1' }],
    ['another header', { link: '<https://a.example>; rel="deprecation"' }],
  ])('is absent for %s', async (_name, headers) => {
    setHeaders(headers);
    await client.runs.get('run-1');
    expect(client.deprecations()).toEqual([]);
  });

  it('is also read from an error response', async () => {
    setHeaders({ deprecation: 'true' }, 404);
    await errorOf(client.runs.get('run-1'));
    expect(client.deprecations()).toEqual([{ ...GET, count: 1 }]);
  });
});

it('is counted by method and path template, and reported once', async () => {
  setHeaders({ deprecation: 'true' });
  await client.runs.get('run-1');
  await client.runs.get('run-2');
  await client.runs.stop('run-1', { idempotencyKey: 'k' }).catch(() => undefined);
  expect(client.deprecations().map(({ path, method, count }) => [method, path, count])).toEqual([
    ['GET', '/v1/runs/{run_id}', 2],
    ['POST', '/v1/runs/{run_id}/stop', 1],
  ]);
  expect(notices.map(({ operation }) => operation)).toEqual(['runs.get', 'runs.stop']);
});

it('is replaced by a later notice', async () => {
  setHeaders({ deprecation: 'true' });
  await client.runs.get('run-1');
  setHeaders({ sunset: SUNSET });
  await client.runs.get('run-1');
  expect(client.deprecations()).toEqual([{ ...GET, sunsetAt: '2030-06-30T23:59:59.000Z', count: 2 }]);
});

it('does not fail the call when the callback throws', async () => {
  const careless = createClient(server, {
    onDeprecation: () => {
      throw new Error('careless');
    },
  });
  setHeaders({ deprecation: 'true' });
  expect(await careless.runs.get('run-1')).toMatchObject({ run: null });
  await careless.close();
});

it('the error of an unreadable 2xx has the request id', async () => {
  server.handler = replyJson(200, { run: {} }, { 'x-request-id': 'req-1' });
  expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'contract-violation', requestId: 'req-1' });
});
