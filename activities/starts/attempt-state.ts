import { Context } from '@temporalio/activity';
import type { ReadPolicy } from '../fault-history';
import { idempotencyKey } from '../http-attempt';
import { toRunReadPolicy } from '../runs/run-snapshot';
import { areDetailsComplete } from '../settled-attempts';
import type { FormerStart } from './former/find-former-start';
import type { StartContent, StartRunInput } from './start-run-input';
import type { FailedRequest } from './start-failures';

/** What an attempt leaves in its heartbeat for the next attempt; it survives a killed worker. */
interface HeartbeatDetails {
  mayHaveArrived: boolean;
  /** How the request that may have arrived failed. */
  failedRequest?: FailedRequest;
  /** Number of requests so far that start the run. */
  sendCount?: number;
  /** Number of searches so far that found no definite run. */
  searchCount?: number;
  /** What former workflows of the same id left open; absent until an attempt has looked it up. */
  former?: FormerStart;
  /** Ids of runs that the start has not created, so that the next attempt does not read them again. */
  excluded?: string[];
}

/** What an attempt knows of its start, and what the attempt leaves for the next one. */
export class AttemptState {
  readonly content: StartContent;
  /** The key of the step, which is the key of a former workflow's start when that start is continued. */
  startKey: string;
  readonly formerHint?: string;
  /** How the read of a former workflow's run is retried. */
  readonly read: ReadPolicy;
  readonly previous: HeartbeatDetails;
  readonly details: HeartbeatDetails;

  constructor(content: StartContent, { key, former, faultTimeoutMs }: Omit<StartRunInput, keyof StartContent>) {
    const lastDetails = Context.current().info.heartbeatDetails as HeartbeatDetails | undefined;
    this.content = content;
    this.startKey = key;
    this.formerHint = former;
    this.read = toRunReadPolicy(faultTimeoutMs);
    const mayHaveArrived = lastDetails?.mayHaveArrived === true || !areDetailsComplete();
    this.previous = { ...lastDetails, mayHaveArrived };
    this.details = { ...this.previous };
  }

  /** The Idempotency-Key of the start. */
  get requestKey(): string {
    return idempotencyKey(this.startKey, this.content);
  }

  /** Names the content: starts of the same content cannot be told apart by their runs. */
  get contentKey(): string {
    return idempotencyKey('', this.content);
  }

  update(changes: Partial<HeartbeatDetails>): void {
    Context.current().heartbeat(Object.assign(this.details, changes));
  }
}

/**
 * Returns the current time by Temporal's clock: the time for which Temporal scheduled this attempt, plus the time since then
 * by this machine's clock. The latter includes the wait for a free worker.
 */
export function nowMs(): number {
  const { currentAttemptScheduledTimestampMs, scheduledTimestampMs } = Context.current().info;
  const attemptMs = Math.max(currentAttemptScheduledTimestampMs, scheduledTimestampMs);
  return attemptMs + Math.max(0, Date.now() - currentAttemptScheduledTimestampMs);
}
