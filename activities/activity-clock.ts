import { Context } from '@temporalio/activity';

/** Returns when this attempt was scheduled, in milliseconds of Temporal's clock, as time skipping requires. */
export function attemptTimeMs(): number {
  return Context.current().info.currentAttemptScheduledTimestampMs;
}

/** Returns the time since the activity was scheduled, in milliseconds of Temporal's clock. */
export function activityAgeMs(): number {
  return Math.max(0, attemptTimeMs() - Context.current().info.scheduledTimestampMs);
}
