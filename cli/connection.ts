import { causeChain } from '../contract';
import { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { type BatchesClient, DuvoWorkflows, type RunsClient, type SchedulesClient } from '../client';
import { connectClientToTemporal, createNamespaceCommand } from '../workers';
import { withKeyHint } from './key-hint';
import { processOutput } from './terminal/output';
import { withSlowNotice } from './terminal/slow-notice';

export interface ConnectionFlags {
  json?: boolean;
  address?: string;
  namespace?: string;
  profile?: string;
  codecEndpoint?: string;
  codecAuth?: string;
  taskQueue?: string;
  apiTaskQueue?: string;
}

/** Adds the flags of every command that connects to Temporal. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option(
      '--address <host:port>',
      'address of Temporal (default: TEMPORAL_ADDRESS, else a profile, else localhost:7233)',
    )
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, else default)')
    .option('--profile <name>', "profile of Temporal's configuration file")
    .option(
      '--codec-endpoint <url>',
      'codec server that decodes payloads (default: TEMPORAL_CODEC_ENDPOINT, else none)',
    )
    .option('--codec-auth <value>', 'Authorization header for the codec server (default: TEMPORAL_CODEC_AUTH)')
    .option('--json', 'print JSON; nobody is asked anything');
}

/** Returns the flags that lead another command to the same Temporal. Secrets are left out. */
export function connectionArgs({ address, namespace, profile, codecEndpoint }: ConnectionFlags): string[] {
  const given = { address, namespace, profile, 'codec-endpoint': codecEndpoint && withoutCredentials(codecEndpoint) };
  return Object.entries(given).flatMap(([flag, value]) => (value ? [`--${flag}`, value] : []));
}

function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  Object.assign(url, { username: '', password: '' });
  return url.href;
}

/** Returns the environment variables, with the values of the flags in place of the variables for the same settings. */
export function temporalEnv({ address, namespace, codecEndpoint, codecAuth }: ConnectionFlags): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(address && { TEMPORAL_ADDRESS: address }),
    ...(namespace && { TEMPORAL_NAMESPACE: namespace }),
    ...(codecEndpoint && { TEMPORAL_CODEC_ENDPOINT: codecEndpoint }),
    ...(codecAuth && { TEMPORAL_CODEC_AUTH: codecAuth }),
  };
}

/** Names of the task queues, from the flags or else from the environment. */
export interface TaskQueues {
  taskQueue?: string;
  apiTaskQueue?: string;
}

/** Connects to Temporal with the settings that Temporal's own CLI uses, runs `work`, and closes the connection. */
export async function withClient<T>(
  flags: ConnectionFlags,
  work: (client: Client, queues: TaskQueues) => Promise<T>,
): Promise<T> {
  const connecting = connectClientToTemporal({ env: temporalEnv(flags), profile: flags.profile });
  const { connection, namespace, dataConverter } = await withSlowNotice(
    connecting,
    'a connection to Temporal',
    flags,
    processOutput,
  );
  try {
    const taskQueue = flags.taskQueue ?? process.env.DUVO_TASK_QUEUE;
    const apiTaskQueue = flags.apiTaskQueue ?? process.env.DUVO_API_TASK_QUEUE;
    return await work(new Client({ connection, namespace, dataConverter }), { taskQueue, apiTaskQueue });
  } catch (error) {
    throw isNamespaceMissing(error)
      ? new Error(`the namespace ${namespace} does not exist: ${namespaceFix(namespace)}`)
      : await withKeyHint(new Client({ connection, namespace, dataConverter }), error);
  } finally {
    await connection.close();
  }
}

export function withDuvoWorkflows<T>(
  flags: ConnectionFlags,
  work: (duvo: DuvoWorkflows, client: Client) => Promise<T>,
): Promise<T> {
  return withClient(flags, (client, queues) => work(new DuvoWorkflows(client, queues), client));
}

export function withRuns<T>(
  flags: ConnectionFlags,
  work: (runs: RunsClient, client: Client) => Promise<T>,
): Promise<T> {
  return withClient(flags, (client, queues) => work(new DuvoWorkflows(client, queues).runs, client));
}

export function withBatches<T>(
  flags: ConnectionFlags,
  work: (batches: BatchesClient, client: Client) => Promise<T>,
): Promise<T> {
  return withClient(flags, (client, queues) => work(new DuvoWorkflows(client, queues).batches, client));
}

export function withSchedules<T>(flags: ConnectionFlags, work: (schedules: SchedulesClient) => Promise<T>): Promise<T> {
  return withClient(flags, (client, queues) => work(new DuvoWorkflows(client, queues).schedules));
}

/** Returns whether the error, or one of its causes, reports that the namespace does not exist. */
function isNamespaceMissing(error: unknown): boolean {
  return causeChain(error).some(({ name }) => name === 'NamespaceNotFoundError');
}

/** Returns the remedy for a namespace that does not exist. */
export function namespaceFix(namespace: string): string {
  return `check TEMPORAL_NAMESPACE, or create it with ${createNamespaceCommand(namespace)}`;
}
