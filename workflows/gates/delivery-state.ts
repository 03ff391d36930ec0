/** What a workflow knows about the delivery of an accepted answer to Duvo. */
import type { AcceptedAnswer, GateRecord } from './gate-types';

/** Records that the delivery of the accepted answer starts. Duvo may have the answer from this moment. */
export function markDeliveryStarted({ acceptedAnswer }: GateRecord): void {
  if (!acceptedAnswer) return;
  acceptedAnswer.deliveryStarted = true;
  delete acceptedAnswer.sentUntilMs;
  delete acceptedAnswer.isStaleRequestOver;
}

/** Records that the delivery ended without a verdict. Nothing was sent after this moment. */
export function markDeliveryEnded({ acceptedAnswer }: GateRecord, now: number): void {
  if (acceptedAnswer) acceptedAnswer.sentUntilMs = now;
}

/** Records that the time has passed in which Duvo may show the request of an answer as open although it has the answer. */
export function markStaleRequestOver(answer: AcceptedAnswer): void {
  answer.isStaleRequestOver = true;
  delete answer.sentUntilMs;
}

/** Records that Duvo showed the request as open. Only after some time this says that Duvo does not have the answer. */
export function markSeenOpen({ acceptedAnswer }: GateRecord): void {
  if (!acceptedAnswer?.deliveryStarted) return;
  acceptedAnswer.wasSeenOpen = true;
  if (acceptedAnswer.isStaleRequestOver) acceptedAnswer.isKnownMissing = true;
}

/** Whether Duvo may have the accepted answer of a gate, although no response has confirmed it. */
export function mayHaveArrived({ acceptedAnswer }: GateRecord): boolean {
  return acceptedAnswer?.deliveryStarted === true && !acceptedAnswer.isKnownMissing;
}
