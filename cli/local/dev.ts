import { Client, Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { commandLine } from '../../contract';
import type { Inbox } from '../../inbox';
import { BUILT_IN_SCENARIOS } from '../../testing';
import { findUsualPort } from '../../workers';
import { addExamples } from '../flags/examples';
import { parseInteger } from '../flags/parse-integer';
import { untilStopSignal } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import { startOwnInbox } from '../inbox';
import { type LocalStack, startLocalStack } from './local-stack';

/** Default ports of Temporal's own dev server. */
const TEMPORAL_PORT = 7233;
const UI_PORT = 8233;

interface DevFlags {
  json?: boolean;
  dbFile?: string;
  port?: string;
  uiPort?: string;
  ui: boolean;
}

export function addDev(program: Command, output: Output): void {
  const command = program
    .command('dev')
    .description(
      'run a Temporal dev server with its web UI, a Duvo simulator, a worker and an inbox until Ctrl-C; ' +
        'DUVO_API_DIALECT sets the dialect of the worker',
    )
    .option('--json', 'print one line of JSON with the addresses when all is ready')
    .option('--db-file <path>', "file that keeps Temporal's data across restarts")
    .option('--port <n>', `port of Temporal (default: ${TEMPORAL_PORT}, or a free one when it is taken)`)
    .option('--ui-port <n>', `port of Temporal's web UI (default: ${UI_PORT}, or a free one when it is taken)`)
    .option('--no-ui', "do not start Temporal's web UI")
    .action(async (flags: DevFlags) => {
      const port = parseInteger('--port', flags.port, 0, 65_535);
      const uiPort = parseInteger('--ui-port', flags.uiPort, 0, 65_535);
      const stack = await startLocalStack({
        dbFile: flags.dbFile,
        port: port ?? (await findUsualPort(TEMPORAL_PORT)),
        uiPort: flags.ui ? (uiPort ?? (await findUsualPort(UI_PORT))) : undefined,
        dialect: process.env.DUVO_API_DIALECT,
        onProgress: (line) => output.note(line),
      });
      try {
        await serveUntilSignal(stack, flags, output);
      } finally {
        await stack.stop();
      }
    });
  addExamples(command, 'dev', 'dev --db-file temporal.db --json');
}

async function serveUntilSignal(stack: LocalStack, { json }: DevFlags, output: Output): Promise<void> {
  const { address, namespace } = stack.temporal;
  const connection = await Connection.connect({ address });
  const inbox = await startOwnInbox({ client: new Client({ connection, namespace }) }, output);
  if (json) printJson(stack, inbox, output);
  else printAddresses(stack, inbox, output);
  await runUntilSignal(stack, output);
  await inbox.close();
  await connection.close();
}

const agents = Object.keys(BUILT_IN_SCENARIOS);

function printJson({ temporal, duvo, currentWorker }: LocalStack, inbox: Inbox, output: Output): void {
  const { address, namespace, uiUrl } = temporal;
  const { pid, readyMessage } = currentWorker();
  output.print(
    JSON.stringify({
      temporal: { address, namespace, ui: uiUrl },
      duvo: { ...duvo, agents },
      worker: { pid, ...(readyMessage as object) },
      inbox: { url: inbox.url, link: inbox.createLink() },
    }),
  );
}

function printAddresses({ temporal, duvo, currentWorker }: LocalStack, inbox: Inbox, output: Output): void {
  const { address, namespace, uiUrl } = temporal;
  output.print(
    formatFields(
      {
        Temporal: address,
        namespace,
        'web UI': uiUrl,
        inbox: inbox.createLink(),
        'Duvo simulator': duvo.url,
        worker: `process ${currentWorker().pid}`,
        agents: agents.join('\n'),
      },
      output,
    ),
  );
  output.print(
    [
      '',
      'In another terminal:',
      // The simulator's key is not a secret.
      `  export TEMPORAL_ADDRESS=${address} DUVO_API_BASE_URL=${duvo.url} DUVO_API_KEY=${duvo.apiKey}`,
      ...[
        ['run', 'start', '--agent', 'agent-asks-approval', '--message', 'Read invoice 4711', '--key', 'invoice-4711'],
        ['gate', 'list'],
        // A shortened id stands for the one gate that begins with it.
        ['gate', 'answer', 'duvo-run-invoice-4711…', '--approve'],
        ['run', 'wait', 'duvo-run-invoice-4711'],
        ['doctor'],
      ].map((args) => `  ${commandLine(...args)}`),
      '',
      `Dialect v2 (DUVO_API_DIALECT=v2) also needs DUVO_TEAM_ID=${duvo.teamId}`,
    ].join('\n'),
  );
}

/** Keeps the stack running until SIGINT or SIGTERM. Replaces a worker that has ended by a new one. */
async function runUntilSignal(stack: LocalStack, output: Output): Promise<void> {
  let isStopping = false;
  const signalled = untilStopSignal();
  const restartWorkerOnExit = async (): Promise<void> => {
    for (;;) {
      await stack.currentWorker().exited;
      if (isStopping) return;
      output.note('the worker ended: starting a new one');
      await stack.startWorker();
    }
  };
  await Promise.race([signalled, restartWorkerOnExit()]);
  isStopping = true;
  output.note('stopping …');
}
