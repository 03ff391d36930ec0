import { DuvoSimulator } from './simulator';
import { simulatorOptionsFromEnv } from './env-options';

/**
 * Runs the simulator in its own process. The first line on stdout is JSON with the URL, the API key and the team. The
 * process ends on SIGTERM, on SIGINT, and when the IPC channel to its parent closes.
 */
async function main(env = process.env): Promise<void> {
  const simulator = await DuvoSimulator.start(simulatorOptionsFromEnv(env));
  const { url, apiKey, teamId } = simulator;
  process.stdout.write(`${JSON.stringify({ url, apiKey, teamId })}\n`);
  const shutDown = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', shutDown).once('SIGINT', shutDown);
  if (process.connected) process.once('disconnect', shutDown);
}

main().catch((error: unknown) => {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
