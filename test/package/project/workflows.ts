export { agentRun } from 'duvo-temporal/workflows';
import { runAgent, type AgentRunInput } from 'duvo-temporal/workflows';

export async function process(input: AgentRunInput): Promise<string> {
  const { output } = await runAgent(input);
  return output;
}
