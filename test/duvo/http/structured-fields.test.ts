import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { errorOf, replyJson, replyText } from '../../support/duvo/http-test-server';

/** The test vectors of the HTTP working group for structured fields. The JSON file names their source, which describes the format. */
const { vectors } = JSON.parse(
  readFileSync(join(__dirname, '../../support/duvo/structured-field-vectors.json'), 'utf8'),
) as { vectors: Vector[] };

interface Vector {
  name: string;
  raw: string[];
  header_type: 'item' | 'list' | 'dictionary';
  must_fail?: boolean;
  expected?: unknown[];
}

/** Whether the vector has only characters that HTTP allows in a header. Other vectors cannot reach the parser of the client. */
const isSendable = ({ raw }: Vector) => raw.every((line) => /^[\t\x20-\x7e]*$/.test(line));
const MAX_DATE_SECONDS = 8.64e12;

setUpClient();

function expectedDeprecation({ expected, must_fail }: Vector): { deprecatedAt?: string } | undefined {
  const item = must_fail ? undefined : expected?.[0];
  if (item === false) return undefined;
  const { __type: type, value } = (item ?? {}) as { __type?: string; value?: unknown };
  if (type === 'token' && value === 'false') return undefined;
  const isDate = type === 'date' && Math.abs(Number(value)) <= MAX_DATE_SECONDS;
  return isDate ? { deprecatedAt: new Date(Number(value) * 1000).toISOString() } : {};
}

it.each(
  vectors
    .filter((vector) => vector.header_type === 'item' && isSendable(vector))
    .map((one) => [one.name, one] as const),
)('Deprecation is read as the vector specifies: %s', async (_name, vector) => {
  server.handler = replyJson(200, { run: null }, { deprecation: vector.raw });
  await client.runs.get('run-1');
  const expected = expectedDeprecation(vector);
  const about = { operation: 'runs.get', method: 'GET', path: '/v1/runs/{run_id}', count: 1 };
  expect(client.deprecations()).toEqual(expected ? [{ ...about, ...expected }] : []);
});

/** A member that each test appends to the value of a vector. The client reads it only if it parses the vector to its end. */
const MEMBER = { list: '"limit";r=0;t=30', dictionary: 'reset=30' };

it.each(
  vectors
    .filter((vector) => vector.header_type !== 'item' && isSendable(vector))
    .map((one) => [`${one.header_type} ${one.name}`, one] as const),
)('RateLimit is read as the vector specifies: %s', async (_name, { header_type, raw, must_fail }) => {
  const member = MEMBER[header_type as 'list' | 'dictionary'];
  const ratelimit = must_fail ? raw : [...raw.filter((line) => line.trim() !== ''), member];
  server.handler = replyText(429, '', { ratelimit });
  expect((await errorOf(client.runs.get('run-1'))).retryAfterMs).toBe(must_fail ? undefined : 30_000);
});
