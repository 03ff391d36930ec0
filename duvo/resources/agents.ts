import type { Agent, AgentPage, AgentSchedule, CreateAgentInput, CreatedAgent, PageQuery } from '../model';
import { MAX_AGENTS_PER_PAGE } from '../model/limits';
import type { Call, CallOptions, MutationOptions } from '../model/operation-types';
import { iterateRows } from './paging';

/** Agents. Each method makes one HTTP request (`list` makes one for each page) and throws `DuvoError`. */
export class Agents {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Creates an agent, and its first build when `build` or `sourceBuildId` is set. */
  create(input: CreateAgentInput, options: MutationOptions): Promise<CreatedAgent> {
    return this.#call('agents.create', input, options);
  }

  /** Dialect `v2` only. */
  get(agentId: string, options?: CallOptions): Promise<Agent> {
    return this.#call('agents.get', { agentId }, options);
  }

  /** Reads one page of the team's agents. Dialect `v2` only. */
  listPage(query: PageQuery = {}, options?: CallOptions): Promise<AgentPage> {
    return this.#call('agents.list', query, options);
  }

  /** Reads the schedules that Duvo has for an agent. Only schedules of the user who owns the credentials are returned. Dialect `v2` only. */
  schedules(agentId: string, options?: CallOptions): Promise<AgentSchedule[]> {
    return this.#call('agents.schedules', { agentId }, options);
  }

  /** Iterates over all agents of the team, each once. `limit` is the number of rows per request. Dialect `v2` only. */
  list(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Agent, void, undefined> {
    return iterateRows(query, MAX_AGENTS_PER_PAGE, async (place) => {
      const { agents: rows, total } = await this.listPage({ ...query, ...place }, options);
      return { rows, total };
    });
  }
}
