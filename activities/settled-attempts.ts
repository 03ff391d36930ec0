import { Context } from '@temporalio/activity';

/** What an attempt leaves in its heartbeat for the next attempt, beside the details of its activity. */
export interface SettledDetails {
  /** Number of the attempt that wrote these details after its last request that changes something. */
  settledAttempt?: number;
}

/** Returns the details that mark this attempt as one that sends no further request that changes something. */
export function settleAttempt(): SettledDetails {
  return { settledAttempt: Context.current().info.attempt };
}

/**
 * Whether the heartbeat details show everything that the attempts before this one have sent. The SDK throttles heartbeats,
 * so the details of a killed worker may be older than its last request. A failure carries the last details with it, so the
 * details of an attempt that has failed are complete.
 */
export function areDetailsComplete(): boolean {
  const { attempt, heartbeatDetails } = Context.current().info as {
    attempt: number;
    heartbeatDetails?: SettledDetails;
  };
  return heartbeatDetails ? heartbeatDetails.settledAttempt === attempt - 1 : attempt === 1;
}
