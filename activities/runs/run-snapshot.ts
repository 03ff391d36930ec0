import { isTerminalStatus, RUN_GONE } from '../../contract/runs';
import { type DuvoClient, DuvoError, type HumanRequest, type RunView } from '../../duvo';

/** The largest description of a gate, and its questions, that are kept in a history; in bytes. The rest is with Duvo. */
const MAX_TEXT_BYTES = 100_000;

/** The longest title, in characters. */
const MAX_TITLE_CHARS = 2_000;

/** The largest `outcome` and `owner` that are kept in a history, in bytes of JSON. */
const MAX_OUTCOME_BYTES = 200_000;

/** What one look at a run saw, as workflows get it: plain JSON, only what a workflow acts on. */
export interface RunSnapshot {
  runId: string;
  /** Absent when Duvo does not tell. */
  agentId?: string;
  /** Normalised; `gone` when Duvo no longer knows the run. */
  status: string;
  /** Whether the agent has begun to work. */
  begun: boolean;
  /** How long before this look the agent began to work, as `changedAgoMs` is. Absent when Duvo does not tell. */
  begunAgoMs?: number;
  /**
   * How long before this look the run came to be as it is, in milliseconds by Duvo's own clock alone, so that clocks
   * which disagree do no harm. 0 when Duvo does not tell.
   */
  changedAgoMs: number;
  /** When the run ended, as Duvo tells it: a run that was resumed and has ended again is told apart by it. */
  endedAt?: string;
  /** What the run waits for a person to answer. */
  request?: HumanRequest;
  owner?: unknown;
  outcome?: unknown;
  /** Of a start: the run was there before, by an attempt whose answer was lost, or by an earlier start of the same key. */
  start?: 'adopted';
}

const QUEUED_STATUSES = new Set(['not_started', 'pending', 'queued', 'starting', 'created']);

/** Reads the run once. A run that Duvo does not know (404, or `run: null`) is `gone`, not a failure. */
export async function readRunSnapshot(client: DuvoClient, runId: string, signal?: AbortSignal): Promise<RunSnapshot> {
  try {
    return toRunSnapshot(runId, await client.runs.get(runId, { signal }));
  } catch (error) {
    if (error instanceof DuvoError && error.kind === 'not-found') return toRunSnapshot(runId, { run: null });
    throw error;
  }
}

export function toRunSnapshot(runId: string, view: RunView): RunSnapshot {
  const { run, pendingRequest: request } = view;
  if (run === null) return { runId, status: RUN_GONE, begun: true, changedAgoMs: 0 };
  const terminal = isTerminalStatus(run.status);
  const elapsedMs = (time: string | undefined) =>
    time && view.serverTime ? Math.max(0, Date.parse(view.serverTime) - Date.parse(time)) || 0 : undefined;
  const begunAgoMs = elapsedMs(run.startedAt);
  const endedAt = terminal ? (run.completedAt ?? run.updatedAt) : undefined;
  const changedAt = terminal ? run.completedAt : request ? request.createdAt : run.startedAt;
  return {
    runId: run.id,
    ...(run.agentId !== undefined && { agentId: run.agentId }),
    status: run.status,
    begun: run.startedAt !== undefined || !QUEUED_STATUSES.has(run.status),
    ...(begunAgoMs !== undefined && { begunAgoMs }),
    changedAgoMs: elapsedMs(changedAt) ?? 0,
    ...(endedAt !== undefined && { endedAt }),
    ...(request && !terminal && { request: truncateRequest(request) }),
    ...(run.owner !== undefined && { owner: limitSize(run.owner) }),
    ...(run.outcome !== undefined && terminal && { outcome: limitSize(run.outcome) }),
  };
}

/** Without what this version does not know, and within bounds: it goes into histories, results and queries. */
function truncateRequest({ unknownFields: _, title, description, questions, ...request }: HumanRequest): HumanRequest {
  // Questions that are too many to be kept cannot be answered from here: their gate refuses every answer.
  const isTooMuch = questions !== undefined && jsonBytes(questions) > MAX_TEXT_BYTES;
  return {
    ...request,
    title: title.length <= MAX_TITLE_CHARS ? title : `${title.slice(0, MAX_TITLE_CHARS)}…`,
    ...(description !== undefined && { description: truncateText(description) }),
    ...(questions && { questions: isTooMuch ? [] : questions }),
  };
}

function truncateText(text: string): string {
  if (text.length * 3 <= MAX_TEXT_BYTES || Buffer.byteLength(text) <= MAX_TEXT_BYTES) return text;
  const cut = Buffer.from(text)
    .subarray(0, MAX_TEXT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${cut}… (the rest is in Duvo)`;
}

function limitSize(value: unknown): unknown {
  const size = JSON.stringify(value)?.length ?? 0;
  return jsonBytes(value) <= MAX_OUTCOME_BYTES ? value : { tooLarge: true, characters: size };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}
