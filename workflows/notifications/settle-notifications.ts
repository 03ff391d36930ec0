import { ApplicationFailure, isCancellation, sleep } from '@temporalio/workflow';
import { FailureTypes } from '../../contract/failures';
import type { MessageToSettle, SettleNotificationsInput } from '../../contract/gates/notified-gate';
import { proxyNotificationCall } from './notification-calls';

/** Time until an attempt that was cancelled has ended, so that the message does not arrive after its follow-up. */
const CANCELLED_ATTEMPT_MS = 10_000;

/**
 * The workflow that updates the messages about a gate, or follows them up, after the gate was closed. It is a workflow of its
 * own, so that neither the workflow of the gate nor its result waits for a channel that is down. Each channel has 24 hours.
 *
 * @throws ApplicationFailure `Duvo.NotificationFailed` with the channels whose message could not be settled
 */
export async function settleNotifications({ gate, closing, messages }: SettleNotificationsInput): Promise<void> {
  const settleOne = async ({ channel, id, data, isUncertain }: MessageToSettle): Promise<string | undefined> => {
    if (isUncertain) await sleep(CANCELLED_ATTEMPT_MS);
    const { settleMessage } = proxyNotificationCall(`settle the message to ${channel}, gate ${gate.gateId}`, '24h');
    try {
      await settleMessage({ channel, id, gate, closing, ...(data !== undefined && { data }) });
      return undefined;
    } catch (error) {
      if (isCancellation(error)) throw error;
      return channel;
    }
  };
  const failed = (await Promise.all(messages.map(settleOne))).filter((channel) => channel !== undefined);
  if (failed.length === 0) return;
  const message = `the messages about gate ${gate.ref} were not settled in: ${failed.join(', ')}`;
  throw ApplicationFailure.nonRetryable(message, FailureTypes.NotificationFailed, { channels: failed });
}
