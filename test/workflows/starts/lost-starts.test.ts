import type { WorkflowHandle } from '@temporalio/client';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { ChaosOptions, Scenario } from '../../../testing';
import { eventually, type Stack, startStack } from '../../support/stack';

const DONE: Scenario = { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }], lastMessage: 'done' };
const WORKS: Scenario = { steps: [{ status: 'running' }] };
/** The first poll follows the start at once. There is no second one within a test. */
const ONE_POLL = { every: [{ every: '1h' }] };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ simulator: { idempotencyKeyMode: 'ignore' } });
  stack.simulator.script('thirty', DONE);
  for (const agentId of ['hundred', 'twenty']) stack.simulator.script(agentId, WORKS);
});
afterEach(() => stack.simulator.setChaos(undefined));
afterAll(() => stack.stop());

/** Starts many runs of one agent at once, while the simulator injects faults. */
function startMany(agentId: string, messages: string[], chaos: ChaosOptions, input: object = {}) {
  stack.simulator.setChaos(chaos);
  return Promise.all(messages.map((message) => stack.start({ agentId, message, ...input })));
}
const runsOf = (agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `Read invoice ${n + 1}`);
const firstMessages = (agentId: string) => runsOf(agentId).map(({ message }) => message ?? '');
const startedRun = (handle: WorkflowHandle) =>
  eventually(async () => {
    const { runId, status } = await handle.query<RunState>('runState');
    return runId ?? (status !== 'starting' && status);
  }, 100_000);

test('thirty starts of one agent get one run each while 15 % of all requests fail', async () => {
  const messages = numbered(30);
  const handles = await startMany('thirty', messages, { seed: 4, rate: 0.15 });
  const results = (await Promise.all(handles.map((handle) => handle.result()))) as AgentRunResult[];
  expect(results.every(({ status, gates }) => status === 'completed' && gates.length === 0)).toBe(true);
  expect(firstMessages('thirty').sort()).toEqual([...messages].sort());
}, 120_000);

test('a hundred starts that lose a third of their responses need at most two requests a start to find their runs', async () => {
  const messages = numbered(100);
  const chaos: ChaosOptions = { seed: 5, rate: 0.33, kinds: ['dropResponse'], operations: ['start'] };
  const since = stack.simulator.ledger.length;
  const handles = await startMany('hundred', messages, chaos, { watch: ONE_POLL });
  const runIds = await Promise.all(handles.map(startedRun));
  expect(new Set(runIds).size).toBe(messages.length);
  expect(firstMessages('hundred').sort()).toEqual([...messages].sort());
  const requests = stack.simulator.ledger
    .slice(since)
    .filter(({ operation }) => operation === 'list' || operation === 'messages');
  expect(requests.length).toBeLessThanOrEqual(2 * messages.length);
}, 120_000);

test('starts with one message share the runs that they created, and nobody is asked', async () => {
  const messages = Array.from({ length: 20 }, () => 'Read the next invoice');
  const chaos: ChaosOptions = { seed: 6, rate: 0.4, kinds: ['dropResponse'], operations: ['start'] };
  const handles = await startMany('twenty', messages, chaos, { watch: ONE_POLL });
  const runIds = await Promise.all(handles.map(startedRun));
  expect(new Set(runIds).size).toBe(20);
  expect(runsOf('twenty')).toHaveLength(20);
}, 120_000);
