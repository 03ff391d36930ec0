import { randomUUID } from 'node:crypto';
import { Refusal } from '../shared/refusal';
import { createSchedule, scheduleToWire, type AgentSchedule, type SimulatedSchedule } from './agent-schedules';
import { BUILT_IN_SCENARIOS, type Scenario } from './scenario';

interface AgentOptions {
  build?: { name: string; config: object };
  threadId?: string | null;
  automationId?: string | null;
}

export interface Agent {
  id: string;
  name: string;
  createdAt: string;
  /** Whether the API lists the agent: true for agents from the API or from a test's script, false for built-in ones. */
  listed: boolean;
  build: { id: string; name: string; config?: object };
  threadId: string | null;
  automationId: string | null;
  scenario: Scenario;
  /** Duvo's own schedules of the agent. */
  schedules: AgentSchedule[];
}

/** The agents: built-in ones, those that a test scripted, and those that were created through the API. */
export class Agents {
  private readonly agents = new Map<string, Agent>();

  constructor(private readonly teamId: string) {
    for (const [id, scenario] of Object.entries(BUILT_IN_SCENARIOS))
      this.add({ id, name: id, scenario, listed: false });
  }

  /** Returns the agents that the API lists. @param automationId returns only agents of this automation */
  list(automationId?: string): Agent[] {
    return [...this.agents.values()].filter(
      (one) => one.listed && (automationId === undefined || one.automationId === automationId),
    );
  }

  script(id: string, scenario: Scenario): void {
    const known = this.agents.get(id);
    if (known) Object.assign(known, { scenario, listed: true });
    else this.add({ id, name: id, scenario });
  }

  /** Creates an agent for the API. Its runs complete, unless a test scripts another scenario. */
  create(name: string, options: AgentOptions = {}): Agent {
    const scenario = BUILT_IN_SCENARIOS['agent-completes'] as Scenario;
    return this.add({ id: randomUUID(), name, scenario }, options);
  }

  /** @returns the schedule's id */
  addSchedule(agentId: string, options: SimulatedSchedule): string {
    const { schedules, build } = this.find(agentId);
    const added = createSchedule(agentId, build.id, options);
    schedules.push(added);
    return added.id;
  }

  find(id = ''): Agent {
    const agent = this.agents.get(id);
    if (!agent) throw new Refusal(404, 'agent_not_found');
    return agent;
  }

  nameOf(id: string): string {
    return this.agents.get(id)?.name ?? id;
  }

  getRunSettings(id: string): { scenario: Scenario; buildId: string } {
    const { scenario, build } = this.find(id);
    return { scenario, buildId: build.id };
  }

  agentToWire({ id, name, createdAt, threadId, automationId }: Agent): object {
    return {
      id,
      name,
      slack_enabled: false,
      microsoft_teams_enabled: false,
      agentic_memory_enabled: false,
      team_id: this.teamId,
      thread_id: threadId,
      automation_id: automationId,
      created_at: createdAt,
      updated_at: createdAt,
    };
  }

  buildToWire({ id, createdAt, build }: Agent): object {
    return {
      id: build.id,
      copilot_id: id,
      agent_id: id,
      name: build.name,
      config: build.config ?? {},
      status: 'published',
      revision_number: 1,
      parent_build_id: null,
      created_by: null,
      created_at: createdAt,
      updated_at: createdAt,
    };
  }

  /** Writes an agent as a row of a list. The document has schedules as a part of the latest build. */
  rowToWire(agent: Agent, { withSchedules }: { withSchedules: boolean }): object {
    const schedules = withSchedules && { schedules: agent.schedules.map(scheduleToWire) };
    return {
      ...this.agentToWire(agent),
      pinned_at: null,
      last_run_at: null,
      latest_build: agent.build.config ? { ...this.buildToWire(agent), ...schedules } : null,
      integration_configs: [],
      user_triggers: { slack_mention: false, slack_channel: false, teams_mention: false },
      case_trigger_enabled: false,
      case_trigger_has_conflict: false,
      case_trigger_conflicting_agents: [],
      case_queue_name: null,
    };
  }

  private add(
    facts: { id: string; name: string; scenario: Scenario; listed?: boolean },
    { build, threadId = null, automationId = null }: AgentOptions = {},
  ): Agent {
    const agent: Agent = {
      listed: true,
      createdAt: new Date().toISOString(),
      build: { id: randomUUID(), name: facts.name, ...build },
      threadId,
      automationId,
      schedules: [],
      ...facts,
    };
    this.agents.set(agent.id, agent);
    return agent;
  }
}
