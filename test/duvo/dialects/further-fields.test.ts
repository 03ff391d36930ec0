import { type DuvoClient, DuvoInvalidInputError, type OperationName } from '../../../duvo';
import { mutationOptions, OPERATION_SAMPLES } from '../../support/duvo/operation-samples';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { errorOf, replyJson } from '../../support/duvo/http-test-server';

/** The operations that accept extra fields, each with a known field and a call. */
const OPEN: [OperationName, string, (c: DuvoClient, extraFields: Record<string, unknown>) => Promise<unknown>][] = [
  [
    'agents.create',
    'source_build_id',
    (c, extraFields) => c.agents.create({ name: 'N', extraFields }, mutationOptions),
  ],
  ['runs.start', 'message', (c, extraFields) => c.runs.start({ agentId: 'a', extraFields }, mutationOptions)],
  [
    'cases.create',
    'case',
    (c, extraFields) => c.cases.create({ queueId: 'q', cases: [{ title: 'T' }], extraFields }, mutationOptions),
  ],
];

describe('extra fields', () => {
  describe('in v1', () => {
    setUpClient({ dialect: 'v1' });

    it.each(OPEN)('of %s are sent beside the known fields', async (name, _known, call) => {
      server.handler = replyJson(201, OPERATION_SAMPLES[name as 'runs.start'].v1?.answer);
      await call(client, { assignment_id: 'as-1', nested: { deep: [1, null] } });
      const known = Object.fromEntries(Object.entries(JSON.parse(server.requests[0]?.body ?? '') as object));
      expect(known).toMatchObject({ assignment_id: 'as-1', nested: { deep: [1, null] } });
      expect(Object.keys(known).length).toBe(3);
    });

    it.each(OPEN)('of %s cannot replace a known field, whether it is sent or not: %s', async (_name, known, call) => {
      const error = await errorOf(call(client, { [known]: 'x' }));
      expect(error).toBeInstanceOf(DuvoInvalidInputError);
      expect(error).toMatchObject({ field: `extraFields.${known}`, reached: 'no' });
      expect(error.message).toContain('use the argument for it');
      expect(server.requests).toHaveLength(0);
    });

    it.each([
      ['a text', 'x', 'extraFields'],
      ['a list', [1], 'extraFields'],
      ['null', null, 'extraFields'],
      ['a BigInt', { a: 1n }, 'input'],
    ])('that are %s are refused', async (_name, extraFields, field) => {
      const call = client.runs.start({ agentId: 'a', extraFields: extraFields as never }, mutationOptions);
      expect(await errorOf(call)).toMatchObject({ kind: 'invalid-input', field });
      expect(server.requests).toHaveLength(0);
    });
  });

  describe('in v2', () => {
    setUpClient({ dialect: 'v2', teamId: 'team-1' });

    it.each(OPEN)('of %s are refused', async (_name, _known, call) => {
      const error = await errorOf(call(client, { assignment_id: 'as-1' }));
      expect(error).toMatchObject({ kind: 'invalid-input', field: 'extraFields', reached: 'no' });
      expect(error.message).toContain('only in dialect v1');
      expect(server.requests).toHaveLength(0);
    });
  });
});
