import { randomUUID } from 'node:crypto';

/** The properties of one of Duvo's own schedules that a test can set. */
export interface SimulatedSchedule {
  /** @default true */
  enabled?: boolean;
  /** @default 'hourly' */
  frequency?: 'every_5_minutes' | 'every_15_minutes' | 'hourly' | 'daily' | 'workday' | 'weekly' | 'monthly' | 'custom';
  /** @default 'UTC' */
  timezone?: string;
  /** Cron expression, for the frequency `custom`. */
  cron?: string;
}

/** A schedule of an agent. The API lists it, but it starts no runs. */
export interface AgentSchedule extends Required<Omit<SimulatedSchedule, 'cron'>> {
  id: string;
  agentId: string;
  buildId: string;
  userId: string;
  cron?: string;
  createdAt: string;
}

export function createSchedule(
  agentId: string,
  buildId: string,
  { enabled = true, frequency = 'hourly', timezone = 'UTC', cron }: SimulatedSchedule,
): AgentSchedule {
  const createdAt = new Date().toISOString();
  return { id: randomUUID(), agentId, buildId, userId: randomUUID(), enabled, frequency, timezone, cron, createdAt };
}

export function scheduleToWire(schedule: AgentSchedule): object {
  const { id, agentId, buildId, userId, enabled, frequency, timezone, cron, createdAt } = schedule;
  return {
    id,
    build_id: buildId,
    agent_id: agentId,
    user_id: userId,
    enabled,
    frequency,
    time: null,
    timezone,
    day: null,
    day_of_month: null,
    cron: cron ?? null,
    source: null,
    task: null,
    recurring: null,
    auto_disabled_at: null,
    auto_disabled_reason: null,
    consecutive_missing_connection_failures: 0,
    first_missing_connection_failure_at: null,
    last_missing_connection_failure_at: null,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
