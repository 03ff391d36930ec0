import { ApplicationFailure, CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import { type Duration, FailureTypes } from '../../contract/run-contract';
import { checkedMs } from '../../contract/durations';
import { positive } from '../../contract/input-checks';
import { wasCancelled } from './was-cancelled';

/**
 * One deadline over many waits: agents, people, timers. When the time is over, what is under way is cancelled and waited
 * for; then it fails. Unlike an agent run's own `deadline`, people's time counts.
 *
 * @throws ApplicationFailure `Duvo.DeadlineExceeded` when the time is over; `Duvo.InvalidInput` for a bad duration
 */
export async function within<T>(time: Duration, work: () => Promise<T>): Promise<T> {
  positive(time, 'time');
  const scope = new CancellationScope({ cancellable: true, timeout: checkedMs(time) });
  const outer = CancellationScope.current();
  try {
    return await scope.run(work);
  } catch (error) {
    const isCut = isCancellation(error) || (wasCancelled(error) && patched('deadline-cuts-a-try'));
    if (!isCut || !scope.consideredCancelled || outer.consideredCancelled) throw error;
    throw ApplicationFailure.nonRetryable(`it was not done within ${time}`, FailureTypes.DeadlineExceeded);
  }
}
