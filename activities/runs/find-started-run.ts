import { type DuvoClient, DuvoError, MAX_MESSAGES_PER_PAGE, MAX_RUNS_PER_PAGE, type Run } from '../../duvo';
import { isRetryable } from '../failures';
import type { StartRunInput } from './start-run';

/** The runs that may be the one that a start has made. */
export interface StartedRunSearch {
  /** They were told what we said. */
  matches: Run[];
  /** They have not been told anything yet. */
  undecided: Run[];
  /** Not all could be looked at: this Duvo does not list runs, does not let this key, or there are too many. */
  incomplete: boolean;
}

type StartContent = Omit<StartRunInput, 'key'>;

/** Where to look. */
interface SearchScope {
  /** Runs that were created so long ago at most, in milliseconds of Duvo's own clock. */
  windowMs: number;
  /** Of a run that another start is known to have made. */
  isOfOtherStart: (runId: string) => boolean;
}

/** Of one agent since the start: beyond it, nobody is served by reading them all. */
const MAX_RUNS_READ = 50;

/** This machine's clock and Duvo's may differ by so much; a precise filter follows. Milliseconds. */
const MAX_CLOCK_SKEW_MS = 3_600_000;

/**
 * Looks for the run of a start whose answer was lost: a run of this agent that is new enough, and whose
 * first words are ours.
 *
 * @throws DuvoError that is worth another attempt
 */
export async function findStartedRun(
  client: DuvoClient,
  sought: StartContent,
  scope: SearchScope,
  signal: AbortSignal,
): Promise<StartedRunSearch> {
  const found: StartedRunSearch = { matches: [], undecided: [], incomplete: false };
  try {
    const runs = await listRecentRuns(client, sought, scope, signal);
    found.incomplete = runs.length > MAX_RUNS_READ;
    for (const run of runs.slice(0, MAX_RUNS_READ)) {
      const isMatch = await hasStartMessage(client, run, sought.message, signal);
      if (isMatch === undefined) found.undecided.push(run);
      else if (isMatch) found.matches.push(run);
    }
  } catch (error) {
    if (!(error instanceof DuvoError) || isRetryable(error)) throw error;
    found.incomplete = true;
  }
  return found;
}

/** Up to one more than are read. */
async function listRecentRuns(
  client: DuvoClient,
  { agentId, sandboxId }: StartContent,
  { windowMs, isOfOtherStart }: SearchScope,
  signal: AbortSignal,
): Promise<Run[]> {
  const since = new Date(Date.now() - windowMs - MAX_CLOCK_SKEW_MS).toISOString();
  const runs = new Map<string, Run>();
  const seen = new Set<string>();
  for (;;) {
    const offset = seen.size;
    const page = await client.runs.listPage({ agentId, since, limit: MAX_RUNS_PER_PAGE, offset }, { signal });
    for (const { id } of page.runs) seen.add(id);
    const from = (page.serverTime === undefined ? Date.now() : Date.parse(page.serverTime)) - windowMs;
    // What Duvo does not tell of a run does not rule it out.
    const isNew = ({ createdAt }: Run) => createdAt === undefined || !(Date.parse(createdAt) < from);
    for (const run of page.runs.filter(isNew)) {
      if ((run.agentId ?? agentId) !== agentId || isOfOtherStart(run.id)) continue;
      if (sandboxId !== undefined && (run.sandboxId ?? sandboxId) !== sandboxId) continue;
      runs.set(run.id, run);
    }
    const { total = offset + page.runs.length + (page.runs.length < MAX_RUNS_PER_PAGE ? 0 : 1) } = page;
    // The newest come first: a page that reaches back beyond the window is the last one. So is one without a new row.
    const isLast = seen.size === offset || seen.size >= total || !page.runs.every(isNew);
    if (isLast || runs.size > MAX_RUNS_READ) return [...runs.values()];
  }
}

/** Whether the first that the run was told is what we said; `undefined` while it has been told nothing. */
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
  // A run that speaks without having been told anything was started so.
  return message === undefined && messages.length > 0 ? true : undefined;
}

function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
