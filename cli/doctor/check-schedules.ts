import { commandLine } from '../../contract';
import { Client } from '@temporalio/client';
import { collect } from '../collect';
import { DuvoWorkflows, type ScheduleInfo } from '../../client';
import { type AgentSchedule, type DuvoClient, DuvoError } from '../../duvo';
import { connectClientToTemporal, type ConnectOptions } from '../../workers';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

const CHECK_NAME = 'schedules';

/** Finds agents that are started by schedules of Temporal and also by schedules in Duvo, and therefore run twice. */
export async function checkSchedules(duvo: DuvoClient, options: ConnectOptions): Promise<Check[]> {
  let schedules: ScheduleInfo[];
  try {
    schedules = await listActiveSchedules(options);
  } catch (error) {
    return [failedCheck(CHECK_NAME, errorMessage(error), 'give this identity the right to list them')];
  }
  const idsByAgent = new Map<string, string[]>();
  for (const { id, agentId } of schedules)
    if (agentId !== undefined) idsByAgent.set(agentId, [...(idsByAgent.get(agentId) ?? []), id]);
  const checks: Check[] = [];
  for (const [agentId, ids] of idsByAgent) checks.push(...(await checkAgentSchedules(duvo, agentId, ids)));
  if (checks.length === 0) checks.push(okCheck(CHECK_NAME, noDuplicatesText(idsByAgent.size)));
  const idsWithoutAgent = schedules.filter(({ agentId }) => agentId === undefined).map(({ id }) => id);
  if (idsWithoutAgent.length > 0)
    checks.push(
      skippedCheck('other schedules', `the agents that they start are not known: ${idsWithoutAgent.join(', ')}`),
    );
  return checks;
}

/** Lists the schedules that are not paused and have a next start. */
async function listActiveSchedules(options: ConnectOptions): Promise<ScheduleInfo[]> {
  const { connection, namespace, dataConverter } = await connectClientToTemporal(options);
  try {
    const client = new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
    const all = await collect(new DuvoWorkflows(client).schedules.list());
    return all.filter(({ paused, next }) => !paused && next.length > 0);
  } finally {
    await connection.close();
  }
}

/** Checks the schedules of one agent in Duvo. Returns no check when no schedule in Duvo starts the agent. */
async function checkAgentSchedules(duvo: DuvoClient, agentId: string, ids: string[]): Promise<Check[]> {
  const checkName = `${CHECK_NAME} of agent ${agentId}`;
  let duvoSchedules: AgentSchedule[];
  try {
    duvoSchedules = await duvo.agents.schedules(agentId);
  } catch (error) {
    if (!(error instanceof DuvoError)) throw error;
    const why =
      error.kind === 'not-in-dialect'
        ? `dialect ${duvo.dialect} does not show Duvo's own schedules`
        : errorMessage(error);
    return [skippedCheck(checkName, `not known: ${why}`)];
  }
  const enabledCount = duvoSchedules.filter(({ enabled }) => enabled).length;
  if (enabledCount === 0) return [];
  return [
    warningCheck(
      checkName,
      `started twice: by ${ids.join(', ')} here, and by ${enabledCount} schedule${enabledCount === 1 ? '' : 's'} of Duvo's own`,
      `switch one off: in Duvo, or ${ids.map((id) => commandLine('schedule', 'pause', id)).join('; ')}`,
    ),
  ];
}

/** Formats the result when no duplicate was found. Duvo lists only the schedules of the user who owns the API key. */
function noDuplicatesText(agents: number): string {
  if (agents === 0) return 'no schedule starts a given agent';
  return `none of ${agents} agent${agents === 1 ? '' : 's'} has a schedule in Duvo that the key's user can see`;
}
