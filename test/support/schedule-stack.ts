import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type SchedulesClient } from '../../client';
import type { Scenario } from '../../testing';
import { QUICK_WATCH, type Stack, startStack } from './stack';

/** A schedule that starts nothing while the tests run. */
export const YEARLY = { cron: '0 0 1 1 *' };

/** A stack with a schedules client. Stopping it deletes the schedules that its tests created. */
export class ScheduleStack {
  readonly schedules: SchedulesClient;
  private readonly createdIds: string[] = [];

  private constructor(private readonly stack: Stack) {
    this.schedules = new DuvoWorkflows(stack.client, {
      taskQueue: stack.taskQueue,
      apiTaskQueue: stack.apiTaskQueue,
    }).schedules;
  }

  static async start(): Promise<ScheduleStack> {
    return new ScheduleStack(await startStack());
  }

  get client() {
    return this.stack.client;
  }

  get taskQueue() {
    return this.stack.taskQueue;
  }

  get apiTaskQueue() {
    return this.stack.apiTaskQueue;
  }

  newId(): string {
    const id = `schedule-${randomUUID()}`;
    this.createdIds.push(id);
    return id;
  }

  /** Adds an agent that follows the scenario. */
  addAgent(scenario: Scenario): string {
    const agentId = `agent-${randomUUID()}`;
    this.stack.simulator.script(agentId, scenario);
    return agentId;
  }

  runsOf(agentId: string) {
    return this.stack.simulator.runs.filter((run) => run.agentId === agentId);
  }

  async stop(): Promise<void> {
    for (const id of this.createdIds) await this.schedules.delete(id).catch(() => undefined);
    await this.stack.stop();
  }
}

export const runTemplate = (agentId: string) => ({
  run: { agentId, message: 'a private message', watch: QUICK_WATCH },
});
