import { Context } from '@temporalio/activity';
import { isIdempotencyCode } from '../../contract/failures';
import { type DuvoClient, DuvoError, type RunView } from '../../duvo';
import { type AttemptOptions, runHttpAttempt } from '../http-attempt';
import { mayHaveTakenEffect } from '../possible-effect';
import { type RunSnapshot, toRunSnapshot } from '../runs/run-snapshot';
import { StartedRunAdoption, type StartParts } from './adopt-started-run';
import { AttemptState, nowMs } from './attempt-state';
import { inheritRun } from './inherit-run';
import { toFirstMessage } from './search/compare-messages';
import { StartedRunFinder } from './search/find-started-run';
import { StartClaims } from './search/start-claims';
import {
  ambiguousFailure,
  markNotStarted,
  nameMissingResource,
  toFailedRequest,
  undecidedFailure,
} from './start-failures';
import type { StartContent, StartRunInput } from './start-run-input';

export interface StartOptions {
  /** How the platform shows the message of a start as the run's first message. @default '{message}' */
  firstMessageFormat?: string;
}

/** Maximum age of a request whose idempotency key Duvo still knows. */
const MAX_KEY_AGE_MS = 86_400_000;

/** The HTTP header `Date` has whole seconds, and Duvo's times may have, too. */
const CLOCK_RESOLUTION_MS = 2_000;

/** Maximum time after the end of a former workflow in which its last attempt may still run. An attempt lasts at most 90 s. */
const MAX_FORMER_ATTEMPT_MS = 95_000;
const FORMER_RETRY_DELAY_MS = 10_000;

/** Delays before a start is sent again: the first one, which doubles with each request, and the last one. */
const MIN_SEND_RETRY_DELAY_MS = 1_000;
const MAX_SEND_RETRY_DELAY_MS = 60_000;

/**
 * Makes the activity that starts a run exactly once. When an earlier attempt may have reached Duvo without a response,
 * the attempt searches for its run before it sends the start again, since Duvo may ignore the idempotency key.
 */
export function createStartActivities(client: DuvoClient, { firstMessageFormat }: StartOptions = {}) {
  const claims = new StartClaims();
  const parts: StartParts = { client, claims, finder: new StartedRunFinder(client, claims, firstMessageFormat) };
  return {
    async startRun({ key, former, faultTimeoutMs, ...content }: StartRunInput): Promise<RunSnapshot> {
      const { agentId, message } = content;
      if (message !== undefined) claims.rememberFirstMessage(agentId, toFirstMessage(message, firstMessageFormat));
      return new StartAttempt(parts, content, new AttemptState(content, { key, former, faultTimeoutMs })).run();
    },
  };
}

/** One attempt of a start. */
class StartAttempt {
  readonly #adoption: StartedRunAdoption;
  readonly #options: AttemptOptions<RunSnapshot>;

  constructor(
    private readonly parts: StartParts,
    private readonly content: StartContent,
    private readonly state: AttemptState,
  ) {
    this.#adoption = new StartedRunAdoption(parts, state);
    this.#options = { conflictMayBeInFlight: true, retryUnreadable: true, read: state.read };
  }

  run(): Promise<RunSnapshot> {
    return runHttpAttempt(
      async () => (await inheritRun(this.state, this.parts)) ?? this.#adoptOrStart(),
      this.#options,
      () => this.state.details,
    ).catch((error: unknown) => {
      throw nameMissingResource(this.#markNotStarted(error), this.content);
    });
  }

  #markNotStarted(error: unknown): unknown {
    const { mayHaveArrived, former } = this.state.details;
    if (mayHaveArrived) return error;
    return markNotStarted(error, { formerMayBeOpen: !former || Boolean(former.run ?? former.start) });
  }

  async #adoptOrStart(): Promise<RunSnapshot> {
    const { start: formerStart } = this.state.details.former ?? {};
    if (this.state.previous.mayHaveArrived || formerStart) {
      this.#markOpen();
      const sentAtMs = formerStart?.sentAtMs ?? Context.current().info.scheduledTimestampMs;
      const adopted = await this.#adoption.adopt(
        await this.#adoption.findRuns(nowMs() - sentAtMs + CLOCK_RESOLUTION_MS),
      );
      if (adopted) return adopted;
      const waitMs = (formerStart?.closedAtMs ?? -Infinity) + MAX_FORMER_ATTEMPT_MS - nowMs();
      if (waitMs > 0) {
        const reason = 'an attempt of the former workflow may still be under way';
        throw undecidedFailure(reason, Math.min(waitMs, FORMER_RETRY_DELAY_MS));
      }
    }
    const sendCount = (this.state.previous.sendCount ?? 0) + 1;
    this.state.update({ mayHaveArrived: true, sendCount });
    try {
      return await this.#sendStart();
    } catch (error) {
      if (!(error instanceof DuvoError)) throw error;
      // The delay of the retry policy grows with the attempts, and most of them may have only searched for the run.
      this.#options.minDelayMs = Math.min(MIN_SEND_RETRY_DELAY_MS * 2 ** (sendCount - 1), MAX_SEND_RETRY_DELAY_MS);
      if (error.kind === 'invalid-request' && isIdempotencyCode(error.code)) {
        // Duvo knows the key, so the key has started a run, even if the earlier request had another body.
        const search = await this.#adoption.findRuns(MAX_KEY_AGE_MS);
        const adopted = await this.#adoption.adopt(search);
        if (adopted) return adopted;
        throw ambiguousFailure(search, this.state.startKey, this.state.details.failedRequest);
      }
      if (mayHaveTakenEffect(error)) this.state.update({ failedRequest: toFailedRequest(error) });
      else this.state.update({ mayHaveArrived: this.state.previous.mayHaveArrived });
      if (this.state.details.mayHaveArrived) this.#markOpen();
      else this.parts.claims.close(this.state.requestKey);
      throw error;
    }
  }

  #markOpen(): void {
    this.parts.claims.open(this.state.requestKey, this.state.contentKey, { isSending: false });
  }

  async #sendStart(): Promise<RunSnapshot> {
    const { claims } = this.parts;
    claims.open(this.state.requestKey, this.state.contentKey, { isSending: true });
    const sentAt = performance.now();
    let view = await this.#postStart(this.state.requestKey);
    // Another start of the same content, whose request never arrived, has adopted this run: the two starts swap.
    const other = claims.otherOwnerOf(view.run?.id, this.state.requestKey);
    if (other !== undefined) view = await this.#postStart(other);
    claims.claim(view.run?.id, this.state.requestKey);
    const isOlder = runAgeMs(view) > performance.now() - sentAt + CLOCK_RESOLUTION_MS;
    return { ...toRunSnapshot(view.run?.id ?? '', view), ...(isOlder && { origin: 'adopted' as const }) };
  }

  #postStart(key: string): Promise<RunView> {
    return this.parts.client.runs.start(this.content, { idempotencyKey: key });
  }
}

/** Returns the age of a run at the time of Duvo's response, by Duvo's clock; 0 when Duvo does not return the times. */
function runAgeMs({ run, serverTime }: RunView): number {
  return run?.createdAt && serverTime ? Date.parse(serverTime) - Date.parse(run.createdAt) || 0 : 0;
}
