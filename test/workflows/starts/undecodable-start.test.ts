import { randomUUID } from 'node:crypto';
import type { PayloadCodec } from '@temporalio/common';
import type { AgentRunResult } from '../../../contract/runs';
import { type Stack, startStack, waitForOpenGate } from '../../support/stack';

const OTHER_KEY = 'binary/other-key';

/** Encodes every payload with a key that the workers of the next workflow lack. */
const otherKey: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map(({ metadata, data }) => ({
        metadata: {
          ...metadata,
          original: metadata?.['encoding'] ?? Buffer.from(''),
          encoding: Buffer.from(OTHER_KEY),
        },
        data,
      })),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map((payload) => {
        const { original, encoding, ...metadata } = payload.metadata ?? {};
        if (!original || Buffer.from(encoding ?? []).toString() !== OTHER_KEY) return payload;
        return { metadata: { ...metadata, encoding: original }, data: payload.data };
      }),
    ),
};

let former: Stack;
let stack: Stack;
beforeAll(async () => {
  former = await startStack({ payloadCodecs: [otherKey] });
  stack = await startStack();
});
afterAll(async () => {
  await former.stop();
  await stack.stop();
});

test('a start whose former workflow cannot be decoded is decided by a person, and nothing is sent before', async () => {
  const workflowId = randomUUID();
  const input = { agentId: 'reads', message: `read ${workflowId}` };
  former.simulator.script('reads', { steps: [{ status: 'running' }] });
  stack.simulator.script('reads', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const lost = await former.start(input, { workflowId });
  await former.simulator.waitFor(({ operation }) => operation === 'start');
  await lost.terminate();

  const next = await stack.start(input, { workflowId });
  const gate = await waitForOpenGate(next);
  expect(gate.description).toContain('cannot be decoded');
  expect(stack.simulator.runs).toEqual([]);
  const answers = { 'Which run was started?': 'start again' };
  await next.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, answers, by: 'alice' }] });
  expect((await next.result()) as AgentRunResult).toMatchObject({ start: 'ambiguous', output: 'done' });
}, 60_000);
