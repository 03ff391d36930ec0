import { type DuvoClient, MAX_RUNS_PER_PAGE, type Run } from '../../../duvo';

export interface RunWindow {
  /** Start of the window: runs that were created before this time are left out. In milliseconds of this machine's clock. */
  createdSinceMs: number;
  /** A list that was requested before this time is read again. In milliseconds of `performance.now()`. */
  listedSinceMs: number;
}

export interface RecentRunList {
  runs: Run[];
  /** Whether `runs` has all runs of the window; false when the window has more runs than are read. */
  isComplete: boolean;
}

/**
 * Margin of the request's filter by time: the first request is sent before Duvo's clock is known. A precise filter by
 * Duvo's clock follows.
 */
const CLOCK_MARGIN_MS = 3_600_000;

/** Maximum delay of a run in the list, compared with a run that was created later. */
const MAX_LIST_LAG_MS = 10_000;

/** Number of rows before an offset that are read again, because the removal of a row moves the rows after it. */
const OVERLAP_ROWS = 3;

const MAX_ROWS = 5_000;

/** When the newest runs were not read for this time, all rows are dropped, because most of them are not needed any more. */
const MAX_IDLE_MS = 600_000;

/**
 * The newest runs of one agent, which all searches of a worker share: a page that one search has read is not read again
 * for the others. The list grows at its head, as new runs are created, and at its tail, as a search needs older ones. A
 * page that cannot be read is read again by the next search, and the pages before it are kept.
 */
export class RecentRuns {
  #rows = new Map<string, Run>();
  /** When the last complete read of the head began, in milliseconds of `performance.now()`. */
  #headReadAt = -Infinity;
  /**
   * The period, by Duvo's clock, for which `#rows` has all runs: from `#tailTime` to `#headTime`, which is the time of
   * `#headReadAt`.
   */
  #headTime = -Infinity;
  #tailTime = Infinity;
  /** The read of the head in progress: of the pages from the newest run back to the runs that `#rows` has. */
  #catchUp?: { startedAt: number; localTime: number; offset: number };
  /** Duvo's clock minus this machine's clock. */
  #clockOffsetMs = 0;
  #pageRead?: Promise<void>;

  constructor(
    private readonly client: DuvoClient,
    private readonly agentId: string,
  ) {}

  /** Number of runs that are kept. */
  get size(): number {
    return this.#rows.size;
  }

  /** Searches that wait for the same page wait for one request. @throws DuvoError when the page cannot be read */
  async list({ createdSinceMs, listedSinceMs }: RunWindow): Promise<RecentRunList> {
    for (;;) {
      const earliest = createdSinceMs + this.#clockOffsetMs;
      const isFresh = this.#headReadAt >= listedSinceMs;
      const isComplete = this.#tailTime < earliest;
      if (isFresh && (isComplete || this.#rows.size >= MAX_ROWS)) {
        // A run without a creation time is kept: `NaN` is not less than any number.
        const runs = [...this.#rows.values()].filter((run) => !(createdTime(run) < earliest));
        return { runs, isComplete };
      }
      this.#pageRead ??= this.#readPage(isFresh, createdSinceMs).finally(() => (this.#pageRead = undefined));
      await this.#pageRead;
    }
  }

  async #readPage(isFresh: boolean, createdSinceMs: number): Promise<void> {
    const startedAt = performance.now();
    if (!isFresh && !this.#catchUp) {
      if (startedAt - this.#headReadAt > MAX_IDLE_MS || this.#rows.size >= MAX_ROWS) this.#forget();
      this.#catchUp = { startedAt, localTime: Date.now(), offset: 0 };
    }
    const catchUp = isFresh ? undefined : this.#catchUp;
    const offset = Math.max(0, (catchUp ? catchUp.offset : this.#rows.size) - OVERLAP_ROWS);
    const sinceMs = createdSinceMs + this.#clockOffsetMs - CLOCK_MARGIN_MS;
    const { agentId } = this;
    const since = new Date(sinceMs).toISOString();
    const { runs, total, serverTime } = await this.client.runs.listPage({
      agentId,
      since,
      limit: MAX_RUNS_PER_PAGE,
      offset,
    });
    if (serverTime !== undefined) this.#clockOffsetMs = Date.parse(serverTime) - Date.now();
    const isFirst = this.#rows.size === 0;
    const reachesHead = runs.some(
      (run) => this.#rows.has(run.id) && createdTime(run) < this.#headTime - MAX_LIST_LAG_MS,
    );
    const hasNewRows = runs.some(({ id }) => !this.#rows.has(id));
    for (const run of runs) this.#rows.set(run.id, run);
    const end = offset + runs.length;
    const isLast = end >= (total ?? (runs.length < MAX_RUNS_PER_PAGE ? 0 : Infinity));
    if (isFirst || !catchUp)
      this.#tailTime = Math.min(this.#tailTime, ...runs.map(createdTime).filter(Number.isFinite));
    if (isLast) this.#tailTime = Math.min(this.#tailTime, sinceMs);
    // A page at the tail that has only known rows ends the list: it ignores the offset, or Duvo's clock has changed since.
    if (!catchUp && !hasNewRows)
      this.#tailTime = Math.min(this.#tailTime, sinceMs, createdSinceMs + this.#clockOffsetMs - 1);
    if (!catchUp) return;
    catchUp.offset = end;
    if (!isFirst && !reachesHead && hasNewRows && !isLast) return;
    this.#catchUp = undefined;
    this.#headReadAt = catchUp.startedAt;
    this.#headTime = catchUp.localTime + this.#clockOffsetMs;
  }

  #forget(): void {
    this.#rows = new Map();
    this.#headTime = -Infinity;
    this.#headReadAt = -Infinity;
    this.#tailTime = Infinity;
  }
}

function createdTime({ createdAt }: Run): number {
  return createdAt === undefined ? NaN : Date.parse(createdAt);
}
