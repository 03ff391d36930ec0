import { toMs } from '../../../contract';
import { BUILT_IN_SCENARIOS, RemoteSimulator } from '../../../testing';

/** Work that takes longer stays as it is, so that a command can cancel a run at its work. */
const MAX_SKIPPED_MS = 60_000;

/**
 * Scripts the built-in agents of a running simulator anew, without the steps in which they wait or work for some seconds. The
 * first poll of a run then finds its gate or its end, so that no command waits for another poll.
 */
export async function shortenAgentWork(simulatorUrl: string): Promise<void> {
  const simulator = new RemoteSimulator(simulatorUrl);
  for (const [agentId, scenario] of Object.entries(BUILT_IN_SCENARIOS)) {
    const steps = scenario.steps.filter(
      (step) => !('duration' in step && toMs(step.duration ?? Infinity) <= MAX_SKIPPED_MS),
    );
    await simulator.script(agentId, { ...scenario, steps });
  }
}
