import { Client } from '@temporalio/client';
import { DuvoSchedules, type ScheduleInfo } from '../../client';
import { type AgentSchedule, type DuvoClient, DuvoError } from '../../duvo';
import { connectClientToTemporal, type ConnectOptions } from '../../workers';
import { type Check, failed, messageOf, ok, skipped, warning } from './check';

const what = 'schedules';

/** Agents that schedules here start, and Duvo's own schedules start as well: each of their runs would be made twice. */
export async function checkSchedules(duvo: DuvoClient, options: ConnectOptions): Promise<Check[]> {
  let schedules: ScheduleInfo[];
  try {
    schedules = await startingSchedules(options);
  } catch (error) {
    return [failed(what, messageOf(error), 'may they be listed?')];
  }
  const byAgent = new Map<string, string[]>();
  for (const { id, agentId } of schedules)
    if (agentId !== undefined) byAgent.set(agentId, [...(byAgent.get(agentId) ?? []), id]);
  const checks: Check[] = [];
  for (const [agentId, ids] of byAgent) checks.push(...(await checkAgent(duvo, agentId, ids)));
  if (checks.length === 0) checks.push(ok(what, noneTwice(byAgent.size)));
  const unnamed = schedules.filter(({ agentId }) => agentId === undefined).map(({ id }) => id);
  if (unnamed.length > 0)
    checks.push(skipped('other schedules', `not known which agents they start: ${unnamed.join(', ')}`));
  return checks;
}

/** Those that will start something. */
async function startingSchedules(options: ConnectOptions): Promise<ScheduleInfo[]> {
  const { connection, namespace } = await connectClientToTemporal(options);
  try {
    const all = await new DuvoSchedules(new Client({ connection, namespace })).list();
    return all.filter(({ paused, next }) => !paused && next.length > 0);
  } finally {
    await connection.close();
  }
}

/** Nothing to tell when Duvo starts the agent by no schedule that it shows. */
async function checkAgent(duvo: DuvoClient, agentId: string, ids: string[]): Promise<Check[]> {
  const about = `${what} of agent ${agentId}`;
  let duvos: AgentSchedule[];
  try {
    duvos = await duvo.agents.schedules(agentId);
  } catch (error) {
    if (!(error instanceof DuvoError)) throw error;
    const why = error.kind === 'dialect' ? `dialect ${duvo.dialect} does not tell what Duvo starts` : messageOf(error);
    return [skipped(about, `not known: ${why}`)];
  }
  const on = duvos.filter(({ enabled }) => enabled).length;
  if (on === 0) return [];
  return [
    warning(
      about,
      `started twice: by ${ids.join(', ')} here, and by ${on} schedule${on === 1 ? '' : 's'} of Duvo's own`,
      `switch one off: in Duvo, or ${ids.map((id) => `duvo-temporal schedule pause ${id}`).join('; ')}`,
    ),
  ];
}

/** Duvo shows a user's own schedules, and nobody else's. */
function noneTwice(agents: number): string {
  if (agents === 0) return 'none here starts an agent that it names';
  return `Duvo itself starts none of ${agents} agent${agents === 1 ? '' : 's'}, by what the key's user may see`;
}
