/**
 * Hunts for answers that a run mistakes for a verdict: every kind of answer that says nothing, to every read of a run, once
 * and for ever, in each phase of the run. Each combination is a run of its own, and all runs are open at once.
 */
import { DuvoWorkflows, type DuvoRun } from '../../client';
import type { Fault, Scenario } from '../../testing';
import { failureOf } from '../support/failures';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

const HTML = '<html><body>Please log in</body></html>';
const EVERYWHERE: [string, Fault['effect']][] = [
  ['HTML', { replaceBody: HTML, contentType: 'text/html' }],
  ['an empty body', { replaceBody: '' }],
  ['half of the JSON', { replaceBody: '{"run":{"id":"r-1","sta' }],
  ['401', { status: 401, body: { code: 'unauthorized', message: 'no' } }],
  ['403', { status: 403, body: { code: 'insufficient_scope', message: 'no' } }],
  ['404 with HTML', { status: 404, body: HTML }],
];
const OF_GET: [string, Fault['effect']][] = [
  ['a run that is a list', { replaceBody: '{"run":[]}' }],
  ['an id that is a number', { replaceBody: '{"run":{"id":1,"status":"running"}}' }],
  ['a status that is a number', { replaceBody: '{"run":{"id":"r","status":1}}' }],
  [
    'a request without a title',
    { replaceBody: '{"run":{"id":"r","status":"waiting"},"pending_human_request":{"id":"q"}}' },
  ],
];
const OF_MESSAGES: [string, Fault['effect']][] = [
  ['messages that are an object', { replaceBody: '{"messages":{}}' }],
  ['a message without an id', { replaceBody: '{"messages":[{"role":"assistant"}]}' }],
];
/** Duvo recovers from this one, so it has no limit. */
const TRANSIENT: [string, Fault['effect']] = ['502', { status: 502, body: HTML }];

const PHASES = ['queued', 'working', 'at a gate', 'answered', 'completed'] as const;
type Phase = (typeof PHASES)[number];

const SCENARIO: Scenario = {
  steps: [
    { status: 'pending', polls: 1 },
    { status: 'running', polls: 2 },
    { ask: { type: 'approval', title: 'Pay?' } },
    { status: 'running', polls: 1 },
    { end: 'completed' },
  ],
  lastMessage: 'paid',
};

interface Cell {
  phase: Phase;
  what: string;
  effect: Fault['effect'];
  times: number;
}

const cells: Cell[] = PHASES.flatMap((phase) => {
  const lasting = [...EVERYWHERE, ...(phase === 'completed' ? OF_MESSAGES : OF_GET)];
  const toCells = (faults: typeof lasting, times: number) =>
    faults.map(([what, effect]) => ({ phase, what, effect, times }));
  return [...toCells([...lasting, TRANSIENT], 1), ...toCells(lasting, Infinity)];
});
const titleOf = ({ phase, what, times }: Cell) => `${phase}: ${what}, ${times === 1 ? 'once' : 'for ever'}`;

let stack: Stack;
let duvo: DuvoWorkflows;
const ends = new Map<string, Promise<void>>();
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
  for (const cell of cells) {
    const end = liveThrough(cell);
    // The test of the cell reports its failure.
    end.catch(() => undefined);
    ends.set(titleOf(cell), end);
  }
});
afterAll(async () => {
  await Promise.allSettled(ends.values());
  await stack.stop();
}, 120_000);

async function liveThrough(cell: Cell): Promise<void> {
  const agentId = titleOf(cell);
  const { phase, effect, times } = cell;
  stack.simulator.script(agentId, SCENARIO);
  const input = { key: agentId, agentId, message: agentId, watch: { ...QUICK_WATCH, faultTimeout: '2s' } };
  const plant = () =>
    stack.simulator.addFault({
      operation: phase === 'completed' ? 'messages' : 'get',
      agentId,
      skip: phase === 'working' ? 2 : 0,
      times,
      effect,
    });
  const isEarly = phase === 'queued' || phase === 'working' || phase === 'completed';
  let fault = isEarly ? plant() : undefined;
  const run = await duvo.runs.start(input);
  const endsEarly = times === Infinity && (phase === 'queued' || phase === 'working');
  if (!endsEarly) {
    await answerGate(run, () => (phase === 'at a gate' ? (fault = plant()) : undefined), cell);
    if (phase === 'answered') fault = plant();
  }
  if (times === 1 || phase === 'completed') {
    const { output, outputError } = await run.result();
    if (times === 1) expect(output).toBe('paid');
    else expect(outputError).toMatch(/^Duvo\./);
  } else {
    expect((await failureOf(run.result())).type).toBe('Duvo.RunUnreadable');
    fault?.remove();
    const heir = await duvo.runs.start(input);
    if (phase !== 'answered') await answerGate(heir);
    expect(await heir.result()).toMatchObject({ status: 'completed', output: 'paid' });
  }
  fault?.remove();
  const runs = stack.simulator.runs.filter((one) => one.agentId === agentId);
  expect(runs).toMatchObject([{ status: 'completed', stopRequests: 0 }]);
}

/** Answers the gate of a run, unless the run is to end at its gate because it cannot be read. */
async function answerGate(run: DuvoRun, onOpen?: () => unknown, { phase, times }: Partial<Cell> = {}): Promise<void> {
  const gate = await eventually(async () => (await run.gates()).find(({ status }) => status === 'open'), 100_000);
  onOpen?.();
  if (phase === 'at a gate' && times === Infinity) return;
  await run.answer(gate.gateId, { approved: true, by: 'pia' });
}

test.each(cells.map(titleOf))('%s', async (title) => {
  await ends.get(title);
});
