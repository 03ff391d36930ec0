import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { rootFailure } from '../../contract/failures';

const activityFailure = (cause: Error) =>
  new ActivityFailure(undefined, 'startRun', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, undefined, cause);

describe('the root of a failure', () => {
  test('is the failure that an activity failed with, not what caused it', () => {
    const refused = ApplicationFailure.create({ type: 'Refused', message: 'refused', cause: new Error('a socket') });
    expect(rootFailure(activityFailure(refused))).toBe(refused);
  });

  test('is the last failure of an activity whose time was over', () => {
    const last = ApplicationFailure.create({ type: 'Busy', message: 'busy' });
    const timeout = Object.assign(new TimeoutFailure('over', undefined, 'SCHEDULE_TO_CLOSE'), { cause: last });
    expect(rootFailure(activityFailure(timeout))).toBe(last);
  });

  test("is a process's own error, whatever its name and its cause are", () => {
    class PaymentFailure extends Error {
      override readonly name = 'PaymentFailure';
    }
    const own = new PaymentFailure('the payment was refused', { cause: new Error('a socket') });
    expect(rootFailure(own)).toBe(own);
    expect(rootFailure(activityFailure(own))).toBe(own);
  });
});
