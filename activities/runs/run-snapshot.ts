import { isTerminalStatus, QUEUED_STATUSES, RUN_GONE } from '../../contract/runs';
import { FailureTypes } from '../../contract/failures';
import { cutText, cutTextToBytes, jsonBytes } from '../../contract/text/cut-text';
import { type DuvoClient, DuvoNotFoundError, type HumanRequest, type RunView } from '../../duvo';
import { attemptTimeMs } from '../activity-clock';
import { decideRead, type ReadPolicy } from '../fault-history';
import { type AttemptOptions, cancellationSignal, runHttpAttempt } from '../http-attempt';

/** Limit of a gate's description, and of its questions, in a history. Duvo has the rest. */
const MAX_TEXT_BYTES = 100_000;

const MAX_TITLE_CHARS = 2_000;

/** How long Duvo must repeat, in its own words, that a run does not exist. */
const MAX_REFUSAL_CHECK_MS = 60_000;
const DEFAULT_READ_TIMEOUT_MS = 3_600_000;

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
   * Time between the run's last change, which is its end or its request, and this poll, in milliseconds. Both times are
   * Duvo's, so that clocks which disagree do no harm. 0 when Duvo does not return the time of the change: the time of an
   * answer is not in the run.
   */
  changedAgoMs: number;
  /** When the run ended, by Duvo's clock. It distinguishes the first end of a resumed run from the second. */
  endedAt?: string;
  /** The request that a person must answer before the run continues. */
  request?: HumanRequest;
  /** The run waits for a person, and several polls have shown no request. */
  isRequestMissing?: boolean;
  owner?: unknown;
  outcome?: unknown;
  /**
   * Set by a start that found the run. `adopted`: an attempt whose response was lost, or an earlier start of the same key,
   * had created the run. `attached`: a former workflow of the same id left the run open.
   */
  origin?: 'adopted' | 'attached';
}

/** Reads the run once. @throws the errors of {@link readRunView} */
export async function readRunSnapshot(client: DuvoClient, runId: string, signal?: AbortSignal): Promise<RunSnapshot> {
  return toRunSnapshot(runId, await readRunView(client, runId, signal));
}

/** Reads the run once. @throws DuvoError; DuvoNotFoundError also when Duvo answers that there is no such run any more */
export async function readRunView(client: DuvoClient, runId: string, signal?: AbortSignal): Promise<RunView> {
  const view = await client.runs.get(runId, { signal });
  if (view.run !== null) return view;
  const facts = { operation: 'runs.get', method: 'GET', path: '/runs/{run_id}', status: 200, reached: 'yes' } as const;
  throw new DuvoNotFoundError({ ...facts, field: 'run', hasErrorBody: true }, 'the run does not exist any more');
}

/** Returns how the reads of a run are retried whose answers say nothing about the run. */
export function toRunReadPolicy(timeoutMs = DEFAULT_READ_TIMEOUT_MS): ReadPolicy {
  const refusalCheckMs = Math.min(timeoutMs, MAX_REFUSAL_CHECK_MS);
  return { timeoutMs, refusalCheckMs, timeoutType: FailureTypes.RunUnreadable };
}

/**
 * Reads the run in one attempt of an activity, for a workflow. Only a verdict of Duvo says something about the run: any
 * other answer is retried, and after `timeoutMs` the activity fails with `Duvo.RunUnreadable`. A run that Duvo, in its own
 * words and for a minute, does not know has the status `gone`.
 */
export function readRun<T = RunSnapshot>(
  client: DuvoClient,
  runId: string,
  timeoutMs: number,
  options: Pick<AttemptOptions<RunSnapshot | T>, 'minDelayMs' | 'earlierFaults' | 'onFault'> = {},
): Promise<RunSnapshot | T> {
  const read = toRunReadPolicy(timeoutMs);
  return runHttpAttempt<RunSnapshot | T>(() => readRunSnapshot(client, runId, cancellationSignal()), {
    ...options,
    read,
    isRead: true,
    onFault: (faults, failure, error) => {
      if (decideRead(error, faults, read, attemptTimeMs()) === 'gone')
        return { runId, status: RUN_GONE, hasStarted: true, changedAgoMs: 0 };
      return options.onFault?.(faults, failure, error);
    },
  });
}

export function toRunSnapshot(runId: string, view: RunView): RunSnapshot {
  const { run, pendingRequest: request } = view;
  if (run === null) return { runId, status: RUN_GONE, hasStarted: true, changedAgoMs: 0 };
  const terminal = isTerminalStatus(run.status);
  const elapsedMs = (time: string | undefined) =>
    time && view.serverTime ? Math.max(0, Date.parse(view.serverTime) - Date.parse(time)) || 0 : undefined;
  const startedAgoMs = elapsedMs(run.startedAt);
  const endedAt = terminal ? (run.completedAt ?? run.updatedAt) : undefined;
  const changedAt = terminal ? run.completedAt : request?.createdAt;
  return {
    runId: run.id,
    ...(run.agentId !== undefined && { agentId: run.agentId }),
    status: run.status,
    hasStarted: run.startedAt !== undefined || !(QUEUED_STATUSES as readonly string[]).includes(run.status),
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
