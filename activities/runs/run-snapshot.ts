import { isTerminalStatus, RUN_GONE } from '../../contract/runs';
import { cutText, cutTextToBytes, jsonBytes } from '../../contract/text/cut-text';
import { type DuvoClient, DuvoError, type HumanRequest, type RunView } from '../../duvo';

/** Limit of a gate's description, and of its questions, in a history. Duvo has the rest. */
const MAX_TEXT_BYTES = 100_000;

const MAX_TITLE_CHARS = 2_000;

/** Limit of the JSON of `outcome` and of `owner` in a history. */
const MAX_OUTCOME_BYTES = 200_000;

/** The state of a run at one poll, as workflows receive it: plain JSON with only what a workflow acts on. */
export interface RunSnapshot {
  runId: string;
  /** Absent when Duvo does not return it. */
  agentId?: string;
  /** The normalised status; `gone` when Duvo does not know the run any more. */
  status: string;
  /** Whether the agent has started to work. */
  hasStarted: boolean;
  /** Time between the agent's start and this poll, by Duvo's clock. Absent when Duvo does not return the time. */
  startedAgoMs?: number;
  /**
   * Time between the run's last change and this poll, in milliseconds. Both times are Duvo's, so that clocks which
   * disagree do no harm. 0 when Duvo does not return the time of the change.
   */
  changedAgoMs: number;
  /** When the run ended, by Duvo's clock. It distinguishes the first end of a resumed run from the second. */
  endedAt?: string;
  /** The request that a person must answer before the run continues. */
  request?: HumanRequest;
  owner?: unknown;
  outcome?: unknown;
  /** Set by a start that found the run: an attempt whose response was lost, or an earlier start, had created it. */
  origin?: 'adopted';
}

const QUEUED_STATUSES = new Set(['not_started', 'pending', 'queued', 'starting', 'created']);

/** Reads the run once. A run that Duvo does not know (404, or `run: null`) has the status `gone`; that is no failure. */
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
  if (run === null) return { runId, status: RUN_GONE, hasStarted: true, changedAgoMs: 0 };
  const terminal = isTerminalStatus(run.status);
  const elapsedMs = (time: string | undefined) =>
    time && view.serverTime ? Math.max(0, Date.parse(view.serverTime) - Date.parse(time)) || 0 : undefined;
  const startedAgoMs = elapsedMs(run.startedAt);
  const endedAt = terminal ? (run.completedAt ?? run.updatedAt) : undefined;
  const changedAt = terminal ? run.completedAt : request ? request.createdAt : run.startedAt;
  return {
    runId: run.id,
    ...(run.agentId !== undefined && { agentId: run.agentId }),
    status: run.status,
    hasStarted: run.startedAt !== undefined || !QUEUED_STATUSES.has(run.status),
    ...(startedAgoMs !== undefined && { startedAgoMs }),
    changedAgoMs: elapsedMs(changedAt) ?? 0,
    ...(endedAt !== undefined && { endedAt }),
    ...(request && !terminal && { request: truncateRequest(request) }),
    ...(run.owner !== undefined && { owner: limitSize(run.owner) }),
    ...(run.outcome !== undefined && terminal && { outcome: limitSize(run.outcome) }),
  };
}

/** Returns the known fields of a request, cut to a limit, since they go into histories, results and queries. */
function truncateRequest({ unknownFields: _, title, description, questions, ...request }: HumanRequest): HumanRequest {
  // Too many questions for a history cannot be answered through the workflow: a gate without questions refuses answers.
  const isTooLarge = questions !== undefined && jsonBytes(questions) > MAX_TEXT_BYTES;
  return {
    ...request,
    title: cutText(title, MAX_TITLE_CHARS, '…'),
    ...(description !== undefined && {
      description: cutTextToBytes(description, MAX_TEXT_BYTES, '… (the rest is in Duvo)'),
    }),
    ...(questions && { questions: isTooLarge ? [] : questions }),
  };
}

function limitSize(value: unknown): unknown {
  const size = JSON.stringify(value)?.length ?? 0;
  return jsonBytes(value) <= MAX_OUTCOME_BYTES ? value : { tooLarge: true, characters: size };
}
