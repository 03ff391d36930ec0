import type { Connection } from '@temporalio/client';
import {
  connectClientToTemporal,
  type ConnectOptions,
  ensureSearchAttributes,
  SearchAttributeError,
} from '../../workers';
import { countPollers } from '../../client/count-pollers';
import { namespaceFix } from '../connection';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

/** A business key is remembered as long as the namespace keeps closed workflows: less than this is worth knowing. */
const MIN_RETENTION_DAYS = 3;

export interface TemporalCheckOptions extends ConnectOptions {
  /** Task queues that a worker should take tasks of: the workflows', and the Duvo activities'. */
  workflowQueue: string;
  apiQueue: string;
}

/** Temporal as a worker will find it: server, namespace, search attributes, and whether anybody takes tasks. */
export async function checkTemporal({ workflowQueue, apiQueue, ...options }: TemporalCheckOptions): Promise<Check[]> {
  let connected: Awaited<ReturnType<typeof connectClientToTemporal>>;
  try {
    connected = await connectClientToTemporal(options);
  } catch (error) {
    return [
      failedCheck('Temporal', errorMessage(error), 'start one (temporal server start-dev), or set TEMPORAL_ADDRESS'),
      ...['namespace', 'search attributes', 'workers'].map((what) => skippedCheck(what, 'Temporal is not reached')),
    ];
  }
  const { connection, namespace, address } = connected;
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const found = [
      okCheck('Temporal', `server ${serverVersion || 'of unknown version'} at ${address}`),
      ...(await checkNamespace(connection, namespace)),
    ];
    if (found.some(({ verdict, what }) => verdict === 'failed' && what === 'namespace'))
      return [...found, skippedCheck('workers', 'the namespace is not known')];
    return [
      ...found,
      await checkPollers(connection, namespace, workflowQueue, 'workflows'),
      await checkPollers(connection, namespace, apiQueue, 'activities'),
    ];
  } finally {
    await connection.close();
  }
}

async function checkNamespace(connection: Connection, namespace: string): Promise<Check[]> {
  let days: number;
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
  } catch (error) {
    return [
      failedCheck('namespace', `${namespace}: ${errorMessage(error)}`, namespaceFix(namespace)),
      skippedCheck('search attributes', 'the namespace is not known'),
    ];
  }
  const retentionText = `${namespace} keeps closed workflows, and with them business keys, for ${days} day${days === 1 ? '' : 's'}`;
  const retention =
    days < MIN_RETENTION_DAYS
      ? warningCheck(
          'namespace',
          retentionText,
          `temporal operator namespace update --namespace ${namespace} --retention 720h`,
        )
      : okCheck('namespace', retentionText);
  return [retention, await checkSearchAttributes(connection, namespace)];
}

async function checkSearchAttributes(connection: Connection, namespace: string): Promise<Check> {
  const what = 'search attributes';
  try {
    await ensureSearchAttributes(connection, { namespace, mode: 'check' });
    return okCheck(what, 'all are registered');
  } catch (error) {
    if (!(error instanceof SearchAttributeError)) return failedCheck(what, errorMessage(error), 'may they be listed?');
    return failedCheck(
      what,
      errorMessage(error),
      `${error.commands.join('; ')} (a worker that may does it at its start)`,
    );
  }
}

async function checkPollers(
  connection: Connection,
  namespace: string,
  taskQueue: string,
  taskType: 'workflows' | 'activities',
): Promise<Check> {
  const what = `workers of ${taskQueue}`;
  const workers = await countPollers(connection, namespace, taskQueue, taskType);
  if (workers > 0) return okCheck(what, `${workers} take${workers === 1 ? 's' : ''} ${taskType}`);
  return warningCheck(
    what,
    `nobody takes ${taskType} of this task queue`,
    `start one: duvo-temporal worker (or set ${taskType === 'workflows' ? 'DUVO_TASK_QUEUE' : 'DUVO_API_TASK_QUEUE'})`,
  );
}
