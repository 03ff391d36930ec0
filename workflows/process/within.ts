import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { type Duration, toMs } from '../../contract/durations';
import { FailureTypes } from '../../contract/failures';
import { positiveDuration } from '../../contract/input-checks';
import { isActivityCancellation } from './activity-proxies';

/**
 * Limits the time of any work: agents, people, timers. When the time is over, the work is cancelled and waited for; then
 * the call fails. The time of people counts, in contrast to an agent run's own `deadline`.
 *
 * @throws ApplicationFailure `Duvo.DeadlineExceeded` when the time is over; `Duvo.InvalidInput` for a bad duration
 */
export async function within<T>(timeLimit: Duration, work: () => Promise<T>): Promise<T> {
  positiveDuration(timeLimit, 'time');
  const scope = new CancellationScope({ cancellable: true, timeout: toMs(timeLimit) });
  const outer = CancellationScope.current();
  try {
    return await scope.run(work);
  } catch (error) {
    if (!isActivityCancellation(error) || !scope.consideredCancelled || outer.consideredCancelled) throw error;
    throw ApplicationFailure.nonRetryable(`the work did not end within ${timeLimit}`, FailureTypes.DeadlineExceeded);
  }
}
