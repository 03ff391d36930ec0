import type { Command } from 'commander';
import { BUILT_IN_SCENARIOS } from '../../testing';
import { startLocalStack } from './local-stack';
import { keyValueTable, type Output } from '../terminal/output';
import { parseInteger } from '../flags/parse-integer';

interface DevFlags {
  json?: boolean;
  dbFile?: string;
  port?: string;
  uiPort?: string;
}

export function addDev(program: Command, output: Output): void {
  program
    .command('dev')
    .description(
      'a Temporal dev server, a Duvo simulator and a worker, kept up until Ctrl-C; ' +
        'the worker speaks the dialect of DUVO_API_DIALECT',
    )
    .option('--json', 'one line with the addresses once all is ready')
    .option('--db-file <path>', "file that keeps Temporal's data")
    .option('--port <n>', 'port of Temporal (default: a free one)')
    .option('--ui-port <n>', "port of Temporal's web UI (default: no UI)")
    .action(async (flags: DevFlags) => {
      const stack = await startLocalStack({
        dbFile: flags.dbFile,
        port: parseInteger('--port', flags.port, 0, 65_535),
        uiPort: parseInteger('--ui-port', flags.uiPort, 0, 65_535),
        dialect: process.env.DUVO_API_DIALECT,
        onProgress: (line) => output.note(line),
      });
      const { temporal, duvo } = stack;
      const { address, namespace, uiUrl } = temporal;
      const worker = stack.currentWorker();
      const agents = Object.keys(BUILT_IN_SCENARIOS);
      if (flags.json) {
        output.print(
          JSON.stringify({
            temporal: { address, namespace, ui: uiUrl },
            duvo: { ...duvo, agents },
            worker: { pid: worker.pid, ...(worker.readyMessage as object) },
          }),
        );
      } else {
        output.print(
          keyValueTable({ Temporal: address, namespace, UI: uiUrl, 'Duvo simulator': duvo.url, worker: worker.pid }),
        );
        output.print(
          [
            'In another terminal:',
            // The simulator's key is no secret.
            `  export TEMPORAL_ADDRESS=${address} DUVO_API_BASE_URL=${duvo.url} DUVO_API_KEY=${duvo.apiKey}`,
            "  npx duvo-temporal runs start --agent agent-asks-approval --message 'Read invoice 4711'",
            '  npx duvo-temporal gates list',
            `Agents of the simulator: ${agents.join(', ')}`,
            `Its team, for DUVO_API_DIALECT=v2: DUVO_TEAM_ID=${duvo.teamId}`,
          ].join('\n'),
        );
      }
      let stopping = false;
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      const restartWorkerOnExit = async (): Promise<void> => {
        for (;;) {
          await stack.currentWorker().exited;
          if (stopping) return;
          output.note('the worker has ended: starting it again');
          await stack.startWorker();
        }
      };
      await Promise.race([stopped, restartWorkerOnExit()]);
      stopping = true;
      output.note('stopping …');
      await stack.stop();
    });
}
