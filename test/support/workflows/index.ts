/** The workflows of the workers in tests: those of the library, and workflows of users that are built from its blocks. */
export * from '../../../workflows/all';
export * from './batch-items';
export * from './one-call';
export * from './processes';
import { callTool, createCases, duvoActivities, runAgent } from '../../../workflows';
import type { AgentRunInput, AgentRunResult } from '../../../workflows';

export async function parentOfOne(input: AgentRunInput): Promise<AgentRunResult<unknown>> {
  return runAgent(input);
}

export async function parentOfUrgent(input: AgentRunInput): Promise<AgentRunResult<unknown>> {
  return runAgent(input, { priority: { priorityKey: 1 } });
}

type NewCases = Parameters<typeof createCases>[1];

export async function fillsQueue(apiTaskQueue: string, queueId: string, cases: NewCases): Promise<string[]> {
  const created = await createCases(queueId, cases, { apiTaskQueue });
  return created.map(({ title }) => title);
}

/** Does the same as an item of a batch, which has one argument. */
export async function fillsQueueOfItem(item: {
  apiTaskQueue: string;
  queueId: string;
  cases: NewCases;
}): Promise<void> {
  await fillsQueue(item.apiTaskQueue, item.queueId, item.cases);
}

export async function usesResources(apiTaskQueue: string): Promise<{ sandboxId: string; runs: number }> {
  const duvo = duvoActivities({ apiTaskQueue });
  const { id } = await duvo.createSandbox({});
  await duvo.createSandbox({});
  const { runs } = await duvo.listRuns({ limit: 1 });
  return { sandboxId: id, runs: runs.length };
}

export async function callsTool(apiTaskQueue: string, name: string): Promise<unknown> {
  const { structuredContent } = await callTool(name, { number: '4711' }, { apiTaskQueue });
  await callTool(name, {}, { apiTaskQueue });
  return structuredContent;
}
