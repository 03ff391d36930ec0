/** What a workflow knows about the delivery of an accepted answer to Duvo. */
import { MAX_STALE_REQUEST_MS } from '../../contract/run-plan';
import type { GateRecord } from './gate-types';

/** Records that the delivery of the accepted answer starts. Duvo may have the answer from this moment. */
export function markDeliveryStarted({ acceptedAnswer }: GateRecord, now: number): void {
  if (acceptedAnswer) Object.assign(acceptedAnswer, { deliveryStarted: true, sentUntilMs: now });
}

/** Records that the delivery ended without a verdict. Nothing was sent after this moment. */
export function markDeliveryEnded({ acceptedAnswer }: GateRecord, now: number): void {
  if (acceptedAnswer) acceptedAnswer.sentUntilMs = now;
}

/** Records that Duvo showed the request as open. Only after some time this says that Duvo does not have the answer. */
export function markSeenOpen({ acceptedAnswer }: GateRecord, now: number): void {
  if (!acceptedAnswer?.deliveryStarted) return;
  acceptedAnswer.wasSeenOpen = true;
  if (now - (acceptedAnswer.sentUntilMs ?? now) >= MAX_STALE_REQUEST_MS) acceptedAnswer.isKnownMissing = true;
}

/** Whether Duvo may have the accepted answer of a gate, although no response has confirmed it. */
export function mayHaveArrived({ acceptedAnswer }: GateRecord): boolean {
  return acceptedAnswer?.deliveryStarted === true && !acceptedAnswer.isKnownMissing;
}
