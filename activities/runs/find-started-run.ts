import { type DuvoClient, DuvoError, MAX_MESSAGES_PER_PAGE, MAX_RUNS_PER_PAGE, type Run } from '../../duvo';
import { isRetryable } from '../failures';
import type { StartRunInput } from './start-run-input';

/** The runs that a start may have created. */
export interface StartedRunSearch {
  /** Runs whose first message is the message of the start. */
  matches: Run[];
  /** Runs that have no message yet. */
  undecided: Run[];
  /**
   * Not all runs could be read: this Duvo does not list runs, the key may not list them, or there are too many.
   */
  incomplete: boolean;
}

type StartContent = Omit<StartRunInput, 'key'>;

interface SearchScope {
  /** Only runs that were created within this time are read, in milliseconds of Duvo's own clock. */
  windowMs: number;
  /** Whether another start is known to have created the run. */
  isOfOtherStart: (runId: string) => boolean;
}

/** More new runs of one agent than this are not read: the reads would take too many requests. */
const MAX_RUNS_READ = 50;

/** Assumed maximum difference between this machine's clock and Duvo's clock. A precise filter by Duvo's clock follows. */
const MAX_CLOCK_SKEW_MS = 3_600_000;

/** More starts than this are not remembered: starts that still matter are minutes old. */
const MAX_KNOWN_STARTS = 10_000;

/**
 * The runs whose start this worker knows. When many similar runs are started at once and the response to one start is
 * lost, the runs of the other starts are not mistaken for the run of the lost one.
 */
export class KnownStarts {
  readonly #keysByRunId = new Map<string, string>();

  add(runId: string | undefined, key: string): void {
    if (runId === undefined) return;
    this.#keysByRunId.set(runId, key);
    const [oldest] = this.#keysByRunId.keys();
    if (this.#keysByRunId.size > MAX_KNOWN_STARTS && oldest !== undefined) this.#keysByRunId.delete(oldest);
  }

  isOfOtherStart(runId: string, key: string): boolean {
    return (this.#keysByRunId.get(runId) ?? key) !== key;
  }
}

/**
 * Searches for the run of a start whose response was lost: a run of this agent that is new enough, and whose first
 * message is the message of the start.
 *
 * @throws DuvoError when another attempt may succeed
 */
export async function findStartedRun(
  client: DuvoClient,
  sought: StartContent,
  scope: SearchScope,
  signal: AbortSignal,
): Promise<StartedRunSearch> {
  const search: StartedRunSearch = { matches: [], undecided: [], incomplete: false };
  try {
    const runs = await listRecentRuns(client, sought, scope, signal);
    search.incomplete = runs.length > MAX_RUNS_READ;
    for (const run of runs.slice(0, MAX_RUNS_READ)) {
      const isMatch = await hasStartMessage(client, run, sought.message, signal);
      if (isMatch === undefined) search.undecided.push(run);
      else if (isMatch) search.matches.push(run);
    }
  } catch (error) {
    if (!(error instanceof DuvoError) || isRetryable(error)) throw error;
    search.incomplete = true;
  }
  return search;
}

/** Returns the runs within the scope. When there are more than {@link MAX_RUNS_READ}, not all of them are returned. */
async function listRecentRuns(
  client: DuvoClient,
  { agentId, sandboxId }: StartContent,
  { windowMs, isOfOtherStart }: SearchScope,
  signal: AbortSignal,
): Promise<Run[]> {
  const since = new Date(Date.now() - windowMs - MAX_CLOCK_SKEW_MS).toISOString();
  const runs = new Map<string, Run>();
  const readIds = new Set<string>();
  for (;;) {
    const offset = readIds.size;
    const page = await client.runs.listPage({ agentId, since, limit: MAX_RUNS_PER_PAGE, offset }, { signal });
    for (const { id } of page.runs) readIds.add(id);
    const earliest = (page.serverTime === undefined ? Date.now() : Date.parse(page.serverTime)) - windowMs;
    // A field that Duvo does not return does not exclude the run.
    const isNew = ({ createdAt }: Run) => createdAt === undefined || !(Date.parse(createdAt) < earliest);
    for (const run of page.runs.filter(isNew)) {
      if ((run.agentId ?? agentId) !== agentId || isOfOtherStart(run.id)) continue;
      if (sandboxId !== undefined && (run.sandboxId ?? sandboxId) !== sandboxId) continue;
      runs.set(run.id, run);
    }
    const { total = offset + page.runs.length + (page.runs.length < MAX_RUNS_PER_PAGE ? 0 : 1) } = page;
    // The newest runs come first, so a page with a run before the window is the last one. So is a page without new rows.
    const isLast = readIds.size === offset || readIds.size >= total || !page.runs.every(isNew);
    if (isLast || runs.size > MAX_RUNS_READ) return [...runs.values()];
  }
}

/** Whether the run's first user message is the message of the start; `undefined` while the run has no such message. */
async function hasStartMessage(
  client: DuvoClient,
  run: Run,
  message: string | undefined,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { messages } = await client.runs.listMessagesPage(run.id, { limit: MAX_MESSAGES_PER_PAGE }, { signal });
  const first = messages.find(({ role }) => role === 'user');
  if (first)
    return message !== undefined && normalizeWhitespace(first.text ?? '').includes(normalizeWhitespace(message));
  // An agent that writes without having received a message was started without a message.
  return message === undefined && messages.length > 0 ? true : undefined;
}

function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
