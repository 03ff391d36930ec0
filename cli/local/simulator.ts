import type { Command } from 'commander';
import { BUILT_IN_SCENARIOS, DuvoSimulator, type SimulatorOptions, simulatorOptionsOf } from '../../testing';
import { addExamples } from '../flags/examples';
import { untilStopSignal } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import { parseInteger } from '../flags/parse-integer';

interface Flags {
  host?: string;
  port?: string;
  apiKey?: string;
  requestsPerMinute?: string;
  ignoreIdempotencyKeys?: boolean;
  json?: boolean;
}

export function addSimulator(program: Command, output: Output): void {
  const command = program
    .command('simulator')
    .description('run a stand-in for the Duvo service until Ctrl-C; a test tool: never expose it to a network')
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on (default: a free one)')
    .option('--api-key <key>', 'API key that it accepts (default: dv_simulator)')
    .option('--requests-per-minute <n>', 'limit; further requests get status 429 (default: unlimited)')
    .option('--ignore-idempotency-keys', 'ignore idempotency keys')
    .option('--json', 'print one line of JSON with the address when it is ready')
    .addHelpText(
      'after',
      '\nFurther settings (OAuth, random faults, key modes, …): SIMULATOR_… variables, see docs/guides/testing.md.',
    )
    .action(async ({ host, port, apiKey, requestsPerMinute, ignoreIdempotencyKeys, json }: Flags) => {
      const flags: SimulatorOptions = {
        host,
        port: parseInteger('--port', port, 0, 65_535),
        apiKey,
        requestsPerMinute: parseInteger('--requests-per-minute', requestsPerMinute, 1),
        ...(ignoreIdempotencyKeys && { idempotencyKeyMode: 'ignore' as const }),
      };
      const given = Object.entries(flags).filter(([, value]) => value !== undefined);
      const simulator = await DuvoSimulator.start({ ...simulatorOptionsOf(process.env), ...Object.fromEntries(given) });
      const { url, teamId } = simulator;
      const ended = untilStopSignal();
      if (json) output.print(JSON.stringify({ url, apiKey: simulator.apiKey, teamId }));
      else {
        output.print(
          formatFields({ DUVO_API_BASE_URL: url, DUVO_API_KEY: simulator.apiKey, DUVO_TEAM_ID: teamId }, output),
        );
        output.print(`Agents: ${Object.keys(BUILT_IN_SCENARIOS).join(', ')}`);
      }
      await ended;
      output.note('stopping …');
      await simulator.close();
    });
  addExamples(command, 'simulator --port 8787', 'simulator --json --requests-per-minute 300');
}
