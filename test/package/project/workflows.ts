export { agentRun } from 'duvo-temporal/workflows';
import { runAgent, type AgentRunInput } from 'duvo-temporal/workflows';

export async function process(input: AgentRunInput): Promise<unknown> {
  const { output } = await runAgent(input);
  return output;
}
