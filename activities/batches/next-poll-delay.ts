import { Context } from '@temporalio/activity';
import { activityAgeMs } from '../activity-clock';

/** The interval between two polls is a tenth of the age of the activity, within these bounds. */
const MIN_POLL_INTERVAL_MS = 2_000;
const MAX_POLL_INTERVAL_MS = 60_000;

/** Returns the delay of the next poll of an activity whose attempts are polls. */
export function nextPollDelayMs(): number {
  const { attempt } = Context.current().info;
  return attempt === 1
    ? MIN_POLL_INTERVAL_MS
    : Math.min(MAX_POLL_INTERVAL_MS, Math.max(MIN_POLL_INTERVAL_MS, activityAgeMs() / 10));
}
