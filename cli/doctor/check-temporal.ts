import { commandLine } from '../../contract';
import type { Connection } from '@temporalio/client';
import {
  connectClientToTemporal,
  type ConnectOptions,
  ensureSearchAttributes,
  SearchAttributeError,
} from '../../workers';
import { countPollers } from '../../client';
import { namespaceFix } from '../connection';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

/**
 * Minimum retention of the namespace without a warning, in days. A start with a business key finds the earlier run only
 * as long as the namespace keeps the closed workflow.
 */
const MIN_RETENTION_DAYS = 3;

export interface TemporalCheckOptions extends ConnectOptions {
  /** The task queue of workflows. Both queues need a worker. */
  workflowQueue: string;
  apiQueue: string;
}

/** Checks Temporal as a worker uses it: server, namespace, search attributes, and workers of both task queues. */
export async function checkTemporal({ workflowQueue, apiQueue, ...options }: TemporalCheckOptions): Promise<Check[]> {
  let connected: Awaited<ReturnType<typeof connectClientToTemporal>>;
  try {
    connected = await connectClientToTemporal(options);
  } catch (error) {
    return [
      failedCheck('Temporal', errorMessage(error), `start a server (${commandLine('dev')}), or set TEMPORAL_ADDRESS`),
      ...['namespace', 'search attributes', 'workers'].map((check) =>
        skippedCheck(check, 'Temporal cannot be reached'),
      ),
    ];
  }
  const { connection, namespace, address } = connected;
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const found = [
      okCheck('Temporal', `server ${serverVersion || 'of unknown version'} at ${address}`),
      ...(await checkNamespace(connection, namespace)),
    ];
    if (found.some(({ status, check }) => status === 'failed' && check === 'namespace'))
      return [...found, skippedCheck('workers', 'the namespace does not exist')];
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
      skippedCheck('search attributes', 'the namespace does not exist'),
    ];
  }
  const retentionText = `${namespace} keeps closed workflows and business keys for ${days} day${days === 1 ? '' : 's'}`;
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
  const check = 'search attributes';
  try {
    await ensureSearchAttributes(connection, { namespace, mode: 'check' });
    return okCheck(check, 'all are registered');
  } catch (error) {
    if (!(error instanceof SearchAttributeError))
      return failedCheck(check, errorMessage(error), 'give this identity the right to list them');
    return failedCheck(
      check,
      errorMessage(error),
      `${error.commands.join('; ')} (a worker with this right does it at its start)`,
    );
  }
}

async function checkPollers(
  connection: Connection,
  namespace: string,
  taskQueue: string,
  taskType: 'workflows' | 'activities',
): Promise<Check> {
  const check = `workers of ${taskQueue}`;
  const workers = await countPollers(connection, namespace, taskQueue, taskType);
  if (workers > 0) return okCheck(check, `${workers} for ${taskType}`);
  return warningCheck(
    check,
    `no worker for ${taskType} of this task queue`,
    `start a worker: ${commandLine('worker')} (or set ${taskType === 'workflows' ? 'DUVO_TASK_QUEUE' : 'DUVO_API_TASK_QUEUE'})`,
  );
}
