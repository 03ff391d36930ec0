import type { DuvoClient } from '../../../duvo';
import { BoundedMap } from './bounded-map';
import { type RecentRunList, RecentRuns, type RunWindow } from './recent-runs';

/** Limit of the runs of all agents together. A run takes about 500 bytes. */
const MAX_RUNS = 50_000;

/**
 * The newest runs of each agent, with one limit for all agents together: a worker may serve thousands of agents, each with
 * thousands of runs. The list that was requested least recently is forgotten first, and is read again when it is needed.
 */
export class RecentRunLists {
  readonly #lists: BoundedMap<string, RecentRuns>;

  constructor(
    private readonly client: DuvoClient,
    maxRuns = MAX_RUNS,
  ) {
    this.#lists = new BoundedMap(maxRuns);
  }

  /** @throws DuvoError when a page cannot be read */
  async list(agentId: string, window: RunWindow): Promise<RecentRunList> {
    const recentRuns = this.#lists.get(agentId) ?? new RecentRuns(this.client, agentId);
    this.#keep(agentId, recentRuns);
    try {
      return await recentRuns.list(window);
    } finally {
      this.#keep(agentId, recentRuns);
    }
  }

  /** An empty list weighs something, too, so that the number of agents has a limit. */
  #keep(agentId: string, recentRuns: RecentRuns): void {
    this.#lists.set(agentId, recentRuns, 1 + recentRuns.size);
  }
}
