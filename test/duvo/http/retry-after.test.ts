import fc from 'fast-check';
import { parseHttpDate } from '../../../duvo/http/headers/http-date';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { errorOf, replyText } from '../../support/duvo/http-test-server';

/** The `Date` header of the responses. It differs by decades from the clock of the test machine. */
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const AT = Date.UTC(1994, 10, 6, 8, 49, 37);
const unix = AT / 1000;

describe('the requested delay of a response', () => {
  setUpClient();

  const structured = '"burst";r=0;t=5, "daily";r=0;t=90, "hourly";r=3;t=300';

  it.each<[string, number, Record<string, string | string[]>, number | undefined]>([
    ['nothing', 429, {}, undefined],
    ['Retry-After, seconds', 429, { 'retry-after': '120' }, 120_000],
    ['Retry-After, zero', 429, { 'retry-after': '0' }, 0],
    ['Retry-After twice', 429, { 'retry-after': ['7', '9'] }, 7_000],
    ['Retry-After, IMF-fixdate', 429, { 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT' }, 60_000],
    ['Retry-After, rfc850', 429, { 'retry-after': 'Sunday, 06-Nov-94 08:50:37 GMT' }, 60_000],
    ['Retry-After, asctime', 429, { 'retry-after': 'Sun Nov  6 08:50:37 1994' }, 60_000],
    ['Retry-After, past', 429, { 'retry-after': 'Sun, 06 Nov 1994 08:00:00 GMT' }, 0],
    ['Retry-After, negative', 429, { 'retry-after': '-5' }, undefined],
    ['Retry-After, a fraction', 429, { 'retry-after': '1.5' }, undefined],
    ['Retry-After, ISO', 429, { 'retry-after': '1994-11-06T08:50:37Z' }, undefined],
    ['Retry-After, a nonsense number', 429, { 'retry-after': '9'.repeat(40) }, undefined],
    ['Retry-After of a 503', 503, { 'retry-after': '3' }, 3_000],
    ['Retry-After of a 500', 500, { 'retry-after': '3' }, 3_000],
    ['Retry-After of a 502', 502, { 'retry-after': '3' }, 3_000],
    ['Retry-After before the reset', 429, { 'retry-after': '3', 'ratelimit-reset': '50' }, 3_000],
    ['a reset after a bad Retry-After', 429, { 'retry-after': 'soon', 'ratelimit-reset': '50' }, 50_000],
    ['RateLimit-Reset', 429, { 'ratelimit-reset': '50' }, 50_000],
    [
      'RateLimit-Limit, -Remaining and -Reset',
      429,
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '0', 'ratelimit-reset': '50' },
      50_000,
    ],
    ['RateLimit-Reset with parameters', 429, { 'ratelimit-reset': '50;w=60' }, 50_000],
    ['RateLimit-Reset, zero', 429, { 'ratelimit-reset': '0' }, 0],
    ['RateLimit-Reset, a Unix time', 429, { 'ratelimit-reset': '784111787' }, 784_111_787_000],
    ['RateLimit: limit=', 429, { ratelimit: 'limit=100, remaining=0, reset=30' }, 30_000],
    ['RateLimit: limit=, without reset', 429, { ratelimit: 'limit=100, remaining=0' }, undefined],
    ['RateLimit, structured', 429, { ratelimit: '"default";r=50;t=30' }, 30_000],
    [
      'RateLimit, structured, with its policy',
      429,
      { ratelimit: '"default";r=0;t=30', 'ratelimit-policy': '"default";q=100;w=60' },
      30_000,
    ],
    ['a policy alone', 429, { 'ratelimit-policy': '"default";q=100;w=60' }, undefined],
    ['RateLimit, structured, tokens', 429, { ratelimit: 'default;r=0;t=30' }, 30_000],
    ['RateLimit, structured, several', 429, { ratelimit: structured }, 90_000],
    ['RateLimit, structured, in parts', 429, { ratelimit: ['"a";r=0;t=5', '"b";r=0;t=6'] }, 6_000],
    ['RateLimit, structured, none exhausted', 429, { ratelimit: '"a";r=1;t=5, "b";r=2;t=3' }, 3_000],
    ['RateLimit, broken', 429, { ratelimit: '"default;r=' }, undefined],
    ['x-ratelimit-reset, small', 429, { 'x-ratelimit-reset': '25' }, 25_000],
    [
      'RateLimit-Reset before RateLimit before x-ratelimit-reset',
      429,
      { 'ratelimit-reset': '50', ratelimit: '"a";r=0;t=30', 'x-ratelimit-reset': '25' },
      50_000,
    ],
    ['RateLimit before x-ratelimit-reset', 429, { ratelimit: '"a";r=0;t=30', 'x-ratelimit-reset': '25' }, 30_000],
    ['x-ratelimit-reset, no number', 429, { 'x-ratelimit-reset': 'soon' }, undefined],
    ['a reset of a 503', 503, { 'ratelimit-reset': '50' }, 50_000],
    ['a reset of a 503 while requests remain', 503, { 'ratelimit-reset': '50', 'ratelimit-remaining': '9' }, undefined],
    [
      'a reset of a 503 while requests remain, x-ratelimit',
      503,
      { 'x-ratelimit-reset': '50', 'x-ratelimit-remaining': '9' },
      undefined,
    ],
    ['a reset of a 503 while requests remain, structured', 503, { ratelimit: '"default";r=50;t=30' }, undefined],
    [
      'a reset of a 503 while requests remain, limit=',
      503,
      { ratelimit: 'limit=100, remaining=9, reset=30' },
      undefined,
    ],
    ['a reset of a 500', 500, { 'ratelimit-reset': '50' }, undefined],
    ['a reset of a 404', 404, { 'ratelimit-reset': '50' }, undefined],
  ])('%s (%i)', async (name, status, headers, expected) => {
    server.handler = replyText(status, '', { date: DATE, ...headers });
    const error = await errorOf(client.runs.get('r'));
    // A Unix time before the year 2001 is read as seconds from now. That is a delay of decades, which the client ignores.
    expect(error.retryAfterMs).toBe(name === 'RateLimit-Reset, a Unix time' ? undefined : expected);
  });

  it.each([
    ['seconds', (now: number) => `${now + 40}`],
    ['milliseconds', (now: number) => `${(now + 40) * 1000}`],
  ])('x-ratelimit-reset as Unix %s is compared with the date of the response', async (_name, value) => {
    const now = Date.UTC(2031, 0, 1) / 1000;
    const date = new Date(now * 1000).toUTCString();
    server.handler = replyText(429, '', { date, 'x-ratelimit-reset': value(now) });
    expect((await errorOf(client.runs.get('r'))).retryAfterMs).toBe(40_000);
  });

  it('is compared with the local clock when the response has no date', async () => {
    server.handler = (_request, response) => {
      response.sendDate = false;
      response.writeHead(429, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' });
      response.end();
    };
    expect((await errorOf(client.runs.get('r'))).retryAfterMs).toBe(0);
  });

  it('is named in the error message', async () => {
    server.handler = replyText(429, '', { 'retry-after': '30' });
    expect((await errorOf(client.runs.get('r'))).message).toContain('; retry after 30 s');
  });
});

describe('an HTTP date', () => {
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', unix],
    ['Sunday, 06-Nov-94 08:49:37 GMT', unix],
    ['Sun Nov  6 08:49:37 1994', unix],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Sun, 31 Dec 2028 23:59:60 GMT', Date.UTC(2029, 0, 1) / 1000],
    ['120', undefined],
    ['', undefined],
    ['Sun, 06 Nov 1994 08:49:37 +0100', undefined],
    ['Sun, 06 Nov 1994 08:49:37', undefined],
    ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
    ['Sun, 31 Feb 1994 08:49:37 GMT', undefined],
    ['Sun, 06 Nov 1994 24:49:37 GMT', undefined],
    ['1994-11-06T08:49:37Z', undefined],
    [' Sun, 06 Nov 1994 08:49:37 GMT', undefined],
  ])('%j is %p', (date, expected) => {
    expect(parseHttpDate(date)).toBe(expected === undefined ? undefined : expected * 1000);
  });

  it('is parsed into the time that it was formatted from', () => {
    const dates = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });
});
