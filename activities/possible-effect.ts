import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type CallEffect, isIdempotencyCode } from '../contract/failures';
import { DuvoError } from '../duvo';
import { areDetailsComplete } from './settled-attempts';

/** What an attempt leaves in its heartbeat for the next attempt; it survives a killed worker. */
interface EffectDetails {
  mayHaveHappened?: boolean;
}

/**
 * Whether a call that changes something may have taken effect in Duvo. A refusal says that the request it answers had no
 * effect. It says nothing about the requests of earlier attempts, whose responses may have been lost.
 */
export class PossibleEffect {
  readonly details: EffectDetails;

  /** @param isSameKeyConflict whether a 409 may concern an earlier request with the same key */
  constructor(private readonly isSameKeyConflict: boolean) {
    const details = Context.current().info.heartbeatDetails as EffectDetails | undefined;
    this.details = { mayHaveHappened: details?.mayHaveHappened === true || !areDetailsComplete() };
  }

  /** Sends a request. Whether the request may have taken effect is recorded before it is sent and after its response. */
  async send<T>(request: () => Promise<T>): Promise<T> {
    const before = this.details.mayHaveHappened === true;
    this.record(true);
    try {
      return await request();
    } catch (error) {
      if (error instanceof DuvoError) this.record(before || this.mayBeOurs(error));
      throw error;
    }
  }

  /** Adds to a failure that the call may have taken effect, so that its workflow does not do the same work again. */
  mark(failure: unknown): unknown {
    return this.details.mayHaveHappened ? markMayHaveHappened(failure) : failure;
  }

  private mayBeOurs(error: DuvoError): boolean {
    return mayHaveTakenEffect(error) || (error.kind === 'conflict' && this.isSameKeyConflict);
  }

  private record(mayHaveHappened: boolean): void {
    this.details.mayHaveHappened = mayHaveHappened;
    Context.current().heartbeat({
      ...(Context.current().info.heartbeatDetails as object | undefined),
      mayHaveHappened,
    });
  }
}

/** Whether a failed request may have taken effect. A code about the key says that Duvo has another request with this key. */
export function mayHaveTakenEffect({ reached, code }: DuvoError): boolean {
  return reached === 'maybe' || isIdempotencyCode(code);
}

/** Adds to a failure that the call may have taken effect. */
export function markMayHaveHappened(failure: unknown): unknown {
  if (!(failure instanceof ApplicationFailure)) return failure;
  const hint = '; the call may have taken effect: check Duvo before the call is repeated';
  return markEffect(failure, { mayHaveHappened: true }, failure.nonRetryable ? hint : '');
}

/** Adds to a failure that the content of the call was refused. */
export function markContentRefused(failure: ApplicationFailure): ApplicationFailure {
  return markEffect(failure, { isContentRefused: true });
}

/** Adds to the first detail of a failure what is known of the effect of its call. */
export function markEffect(failure: ApplicationFailure, effect: CallEffect, hint = ''): ApplicationFailure {
  const { message, type, nonRetryable, details, category, cause } = failure;
  // The failures of this package have their delay in milliseconds.
  const nextRetryDelay = (failure as { nextRetryDelay?: number }).nextRetryDelay;
  const [first, ...others] = details ?? [];
  return ApplicationFailure.create({
    message: `${message}${hint}`,
    type: type ?? undefined,
    nonRetryable: nonRetryable ?? undefined,
    details: [{ ...(first as object | undefined), ...effect }, ...others],
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
    ...(category && { category }),
    cause,
  });
}
