import { DuvoSimulator } from './simulator';

/** The simulator in a process of its own; its first line says where it is. Ends on SIGTERM, SIGINT, or with its parent. */
async function main(env = process.env): Promise<void> {
  const simulator = await DuvoSimulator.start({
    ...(env.SIMULATOR_HOST && { host: env.SIMULATOR_HOST }),
    ...(env.SIMULATOR_PORT && { port: Number(env.SIMULATOR_PORT) }),
    ...(env.SIMULATOR_API_KEY && { apiKey: env.SIMULATOR_API_KEY }),
    ...(env.SIMULATOR_REQUESTS_PER_MINUTE && { requestsPerMinute: Number(env.SIMULATOR_REQUESTS_PER_MINUTE) }),
    ...(env.SIMULATOR_HONOUR_KEYS && { honourIdempotencyKeys: env.SIMULATOR_HONOUR_KEYS !== '0' }),
  });
  const { url, apiKey } = simulator;
  process.stdout.write(`${JSON.stringify({ url, apiKey })}\n`);
  const end = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', end).once('SIGINT', end);
  if (process.connected) process.once('disconnect', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
