/** A user's workflow file that does not export `agentRun`, although its workflow starts a run. */
import { runAgent } from '../../../workflows';

export async function runsAgent(agentId: string): Promise<unknown> {
  return (await runAgent({ agentId })).output;
}

export async function throwsTypeError(): Promise<string> {
  const input = undefined as unknown as { name: string };
  return Promise.resolve(input.name);
}
