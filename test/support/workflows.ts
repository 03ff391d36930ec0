/** The workflows of the tests' workers: the library's, and users' own that are built on them. */
export * from '../../workflows';
export * from './process-workflows';
import { runAgent } from '../../workflows';
import type { AgentRunInput, AgentRunResult } from '../../workflows';

export async function parentOfOne(input: AgentRunInput): Promise<AgentRunResult> {
  return runAgent(input);
}
