import { DuvoSimulator } from './simulator';
import { simulatorOptionsFromEnv } from './env-options';

/** The simulator in a process of its own; its first line says where it is. Ends on SIGTERM, SIGINT, or with its parent. */
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
