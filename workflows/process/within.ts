import { ApplicationFailure, CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { Duration } from '../../contract/durations';
import { FailureTypes } from '../../contract/failures';
import { toMs } from '../../contract/durations';
import { positiveDuration } from '../../contract/input-checks';
import { isActivityCancellation } from './activity-cancellation';

/**
 * One deadline over many waits: agents, people, timers. When the time is over, what is under way is cancelled and waited
 * for; then it fails. Unlike an agent run's own `deadline`, people's time counts.
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
    const isCancelled = isCancellation(error) || (isActivityCancellation(error) && patched('deadline-cuts-a-try'));
    if (!isCancelled || !scope.consideredCancelled || outer.consideredCancelled) throw error;
    throw ApplicationFailure.nonRetryable(`it was not done within ${timeLimit}`, FailureTypes.DeadlineExceeded);
  }
}
