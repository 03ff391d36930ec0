/** Helpers for tests of the client's runs. */
import { randomUUID } from 'node:crypto';
import type { DuvoWorkflows, StartInput } from '../../../client';
import type { Scenario } from '../../../testing';
import { collect } from '../collect';
import { eventually, QUICK_WATCH, type Stack } from '../stack';

/** The agent asks one question, and completes after the answer. */
export const ASKS: Scenario = {
  steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
  lastMessage: 'paid',
};

/** The input of a run whose agent follows the scenario. */
export function scriptedInput(
  stack: Stack,
  scenario: Scenario,
  key: string = randomUUID(),
): StartInput & { key: string } {
  const agentId = `agent-of-${key}`;
  stack.simulator.script(agentId, scenario);
  return { key, agentId, message: 'a private message', watch: QUICK_WATCH };
}

/** Waits for the first open gate of an agent's runs. */
export const firstGate = (duvo: DuvoWorkflows, agentId: string) =>
  eventually(async () => (await collect(duvo.gates.list({ agentId })))[0]);
