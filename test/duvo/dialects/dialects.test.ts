import { type DialectName, DuvoNotInDialectError, type OperationName, OPERATIONS } from '../../../duvo';
import {
  sampleFile,
  mutationOptions,
  type OperationSample,
  OPERATION_SAMPLES,
  type WireSample,
} from '../../support/duvo/operation-samples';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { errorOf, replyJson } from '../../support/duvo/http-test-server';

const ROWS = Object.entries(OPERATION_SAMPLES) as [OperationName, OperationSample][];
const DIALECTS: DialectName[] = ['v1', 'v2'];
const having = (dialect: DialectName) => ROWS.filter(([, sample]) => sample[dialect]);
const lacking = (dialect: DialectName) => ROWS.filter(([, sample]) => !sample[dialect]);

it('the samples cover every operation of the catalogue', () => {
  const catalogue = Object.keys(OPERATIONS).filter((name) => !name.startsWith('tools.'));
  expect(Object.keys(OPERATION_SAMPLES).sort()).toEqual(catalogue.sort());
});

describe.each(DIALECTS)('dialect %s', (dialect) => {
  setUpClient({ dialect, teamId: 'team-1' });

  it.each(having(dialect))('%s has the request and the model of its sample', async (name, sample) => {
    const { route, body, status = 200, answer, result } = sample[dialect] as WireSample;
    server.handler = replyJson(status, answer);
    expect(await sample.call(client)).toEqual(result);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(`${request?.method} ${request?.url}`).toBe(route);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer dv_test',
      accept: 'application/json',
      'user-agent': 'duvo-temporal',
    });
    expect(request?.headers['idempotency-key']).toBe(OPERATIONS[name].mutates ? 'wf/1:step' : undefined);
    if (body instanceof RegExp) {
      expect(request?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
      expect(request?.body).toMatch(body);
    } else {
      expect(request?.headers['content-type']).toBe(body && 'application/json');
      expect(request?.body === '' ? undefined : JSON.parse(request?.body ?? '')).toEqual(body);
    }
  });

  it.each(having(dialect).filter(([name]) => OPERATIONS[name].mutates))(
    '%s is not sent without an idempotency key',
    async (name) => {
      const call = client.call(name, INPUT, {});
      expect(await errorOf(call)).toMatchObject({ kind: 'invalid-input', field: 'idempotencyKey', operation: name });
      expect(server.requests).toHaveLength(0);
    },
  );

  it.each(having(dialect).filter(([name]) => /^(agents|runs|queues|cases)\.get$/.test(name)))(
    '%s does not accept the response to a request for another id',
    async (name, sample) => {
      const resource = name.replace('s.get', '');
      const answer = (sample[dialect] as WireSample).answer as Record<string, object>;
      server.handler = replyJson(200, { ...answer, [resource]: { ...answer[resource], id: 'another' } });
      const error = await errorOf(sample.call(client));
      expect(error).toMatchObject({ kind: 'contract-violation', field: `${resource}.id`, operation: name });
    },
  );

  it.each(having(dialect))('a 403 of %s names the missing scope', async (name, sample) => {
    server.handler = replyJson(403, { code: 'insufficient_scope', error: 'insufficient_scope' });
    const error = await errorOf(sample.call(client));
    expect(error).toMatchObject({ kind: 'forbidden', code: 'insufficient_scope', operation: name });
    expect(error.message).toContain(OPERATIONS[name].scope);
  });

  const lacks = lacking(dialect);
  if (lacks.length > 0) {
    it.each(lacks)('%s does not exist, and nothing is sent', async (name, sample) => {
      const error = await errorOf(sample.call(client));
      expect(error).toBeInstanceOf(DuvoNotInDialectError);
      expect(error).toMatchObject({ kind: 'not-in-dialect', operation: name, reached: 'no' });
      expect(error.message).toContain('DUVO_API_DIALECT=v2');
      expect(server.requests).toHaveLength(0);
    });
  }

  it('an operation that no dialect has is refused', async () => {
    const call = client.call('runs.fly' as 'runs.get', { runId: 'r' });
    expect(await errorOf(call)).toMatchObject({ kind: 'invalid-input', field: 'name', reached: 'no' });
    const inherited = client.call('constructor' as 'runs.get', { runId: 'r' });
    expect(await errorOf(inherited)).toMatchObject({ kind: 'invalid-input', field: 'name' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('a response of dialect v1', () => {
  setUpClient({ dialect: 'v1' });

  it('may be a 202 for a start, with only the id and status of the run', async () => {
    server.handler = replyJson(202, { run: { id: 'r', status: 'pending' } });
    expect((await client.runs.start({ agentId: 'a' }, mutationOptions)).run).toEqual({
      id: 'r',
      status: 'pending',
      unknownFields: {},
    });
  });

  it('may be an agent without an envelope, or a case with only its id, title and status', async () => {
    server.handler = replyJson(201, { id: 'a' });
    expect(await client.agents.create({ name: 'N' }, mutationOptions)).toEqual({
      agent: { id: 'a', unknownFields: {} },
    });
    server.handler = replyJson(201, { added_cases: [{ id: 'c', title: 'T', status: 'new_status' }] });
    const [made] = await client.cases.create({ queueId: 'q', cases: [{ title: 'T' }] }, mutationOptions);
    expect(made).toEqual({ id: 'c', title: 'T', status: 'new_status', labels: [], unknownFields: {} });
  });
});

/** An input that passes every check. */
const INPUT = {
  ...{ agentId: 'a', runId: 'r', requestId: 'q', queueId: 'q', sandboxId: 's' },
  ...{ name: 'N', text: 'T', answer: { approved: true }, cases: [{ title: 'T' }], path: '/x', file: sampleFile },
};
