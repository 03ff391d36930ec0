import type { Command } from 'commander';
import { BUILT_IN_SCENARIOS, DuvoSimulator, type SimulatorOptions, simulatorOptionsOf } from '../../testing';
import { keyValueTable, type Output } from '../terminal/output';
import { parseInteger } from '../flags/parse-integer';

interface Flags {
  host?: string;
  port?: string;
  apiKey?: string;
  requestsPerMinute?: string;
  honourKeys: boolean;
  json?: boolean;
}

export function addSimulator(program: Command, output: Output): void {
  program
    .command('simulator')
    .description('a stand-in for the Duvo service, kept up until Ctrl-C; a test tool: never expose it to a network')
    .option('--host <host>', 'where it listens (default: 127.0.0.1)')
    .option('--port <n>', 'its port (default: a free one)')
    .option('--api-key <key>', 'the key that it takes (default: dv_simulator)')
    .option('--requests-per-minute <n>', 'more are answered with 429 (default: unlimited)')
    .option('--no-honour-keys', 'ignore idempotency keys, as a service may')
    .option('--json', 'one line with its address once it is ready')
    .addHelpText(
      'after',
      '\nAll else (OAuth, faults at random, key modes, …) by the SIMULATOR_… variables of the README.',
    )
    .action(async ({ host, port, apiKey, requestsPerMinute, honourKeys, json }: Flags) => {
      const flags: SimulatorOptions = {
        host,
        port: parseInteger('--port', port, 0, 65_535),
        apiKey,
        requestsPerMinute: parseInteger('--requests-per-minute', requestsPerMinute, 1),
        ...(!honourKeys && { honourIdempotencyKeys: false, idempotencyKeyMode: 'ignore' as const }),
      };
      const given = Object.entries(flags).filter(([, value]) => value !== undefined);
      const simulator = await DuvoSimulator.start({ ...simulatorOptionsOf(process.env), ...Object.fromEntries(given) });
      const { url, teamId } = simulator;
      const ended = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      if (json) output.print(JSON.stringify({ url, apiKey: simulator.apiKey, teamId }));
      else {
        output.print(keyValueTable({ DUVO_API_BASE_URL: url, DUVO_API_KEY: simulator.apiKey, DUVO_TEAM_ID: teamId }));
        output.print(`Agents: ${Object.keys(BUILT_IN_SCENARIOS).join(', ')}`);
      }
      await ended;
      output.note('stopping …');
      await simulator.close();
    });
}
