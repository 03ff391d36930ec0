/** Sends the messages about the gates of a workflow to people, and hands them over to be settled when a gate closes. */
import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { rootFailure } from '../../contract/failures';
import type { Gate } from '../../contract/gates/gates';
import type { GateNotification } from '../../contract/gates/notifications';
import { type MessageToSettle, toGateClosing, toNotifiedGate } from '../../contract/gates/notified-gate';
import { SETTLE_NOTIFICATIONS_WORKFLOW_TYPE } from '../../contract/names';
import { hashJson } from '../../contract/text/canonical-json';
import { cutText } from '../../contract/text/cut-text';
import type { GateBook, GateRecord, NotificationState } from '../gates/gate-types';
import { proxyNotificationCall } from './notification-calls';
import type { settleNotifications } from './settle-notifications';

const MAX_REASON_CHARS = 200;

/**
 * The messages of one workflow. Nothing waits for a channel: the messages are sent in the background, and after a gate was
 * closed, a workflow of its own settles them, because this workflow may end before a channel is back.
 */
export class GateNotifier {
  /** The gates whose messages this execution sends, or has sent. */
  private readonly sending = new Map<GateRecord, CancellationScope>();
  private readonly settling = new Set<Promise<void>>();
  /** The messages whose follow-up is under way. */
  private readonly followedUp = new Set<NotificationState>();

  /** @param onChange called when it became known what has become of a message */
  constructor(private readonly onChange: () => void = () => undefined) {}

  /**
   * Starts to send the messages of open gates that were not sent before, to report what happened to these gates since, and to
   * settle the messages of closed gates.
   */
  reconcile(book: GateBook): void {
    for (const record of book.gates) {
      const isOpen = record.gate.status === 'open' && !record.acceptedAnswer;
      if (isOpen && record.messages && !this.sending.has(record)) this.start(record, record.messages);
    }
    for (const [record, scope] of this.sending) this.reportEvents(record, scope);
    for (const [record, scope] of this.sending) {
      if (record.gate.status === 'open') continue;
      this.sending.delete(record);
      const settling = settle(record, scope, this.followedUp).finally(() => this.settling.delete(settling));
      this.settling.add(settling);
    }
  }

  /** Waits until another workflow has the messages of all closed gates. */
  async settleClosed(book: GateBook): Promise<void> {
    this.reconcile(book);
    await Promise.all(this.settling);
  }

  private start(record: GateRecord, messages: NotificationState[]): void {
    // A cancellation of the workflow closes the gate, and only that ends the messages.
    void CancellationScope.nonCancellable(async () => {
      const scope = new CancellationScope({ cancellable: true });
      this.sending.set(record, scope);
      await scope.run(async () => {
        const unsent = messages.filter(({ status }) => status === undefined);
        await Promise.all(unsent.map((message) => this.send(record, message)));
      });
    });
  }

  private reportEvents(record: GateRecord, scope: CancellationScope): void {
    const { gate, messages = [] } = record;
    if (gate.status !== 'open') return;
    for (const message of messages) {
      const isKnown = message.status === 'sent' || message.status === 'unconfirmed';
      if (!isKnown || (message.reported ?? 0) >= countEvents(gate) || this.followedUp.has(message)) continue;
      this.followedUp.add(message);
      void scope.run(() => this.followUp(record, message));
    }
  }

  /** Reports the last event of the gate, and again until no event has come meanwhile. */
  private async followUp(record: GateRecord, message: NotificationState): Promise<void> {
    const { gate } = record;
    const { workflowId } = workflowInfo();
    const { channel, id: openedId = '', data } = message;
    while ((message.reported ?? 0) < countEvents(gate)) {
      const count = countEvents(gate);
      const event = gate.events?.at(-1);
      if (!event) break;
      const opened = { id: openedId, ...(data !== undefined && { data }) };
      try {
        const { followUpGate } = proxyNotificationCall(`report to ${channel}, gate ${gate.gateId}`, '1h');
        // The time in the event distinguishes the events of two executions.
        const id = `${openedId}_${hashJson([count, event]).slice(0, 16)}`;
        await followUpGate({ channel, id, opened, gate: toNotifiedGate(workflowId, gate), event });
        this.report(record, { channel, status: 'sent', at: now() });
      } catch (error) {
        if (isCancellation(error)) return;
        this.report(record, toFailedNotification(channel, error));
      }
      message.reported = count;
    }
    this.followedUp.delete(message);
  }

  private async send(record: GateRecord, message: NotificationState): Promise<void> {
    const { gate } = record;
    const { channel } = message;
    const { workflowId, originalExecutionRunId } = workflowInfo();
    // Continue-as-new keeps the id of a message that is under way.
    message.id ??= `msg_${hashJson([workflowId, originalExecutionRunId, gate.gateId, channel]).slice(0, 32)}`;
    const { id } = message;
    const eventCount = countEvents(gate);
    try {
      const { notifyGate } = proxyNotificationCall(`notify ${channel} of gate ${gate.gateId}`, '1h');
      const data = await notifyGate({ channel, id, gate: toNotifiedGate(workflowId, gate) });
      message.status = 'sent';
      if (data !== undefined && data !== null) message.data = data;
      this.report(record, { channel, status: 'sent', at: now() });
    } catch (error) {
      if (isCancellation(error)) return;
      message.status = findFailure(error)?.nonRetryable ? 'refused' : 'unconfirmed';
      this.report(record, toFailedNotification(channel, error));
    }
    message.reported = eventCount;
    // Events may have come while the message was under way.
    const scope = this.sending.get(record);
    if (scope) this.reportEvents(record, scope);
  }

  private report({ gate }: GateRecord, notification: GateNotification): void {
    const before = gate.notifications?.find(({ channel }) => channel === notification.channel);
    if (before?.status === 'sent' && notification.status === 'sent') return;
    gate.notifications = [...(gate.notifications ?? []).filter((one) => one !== before), notification];
    this.onChange();
  }
}

/** Ends the messages that are under way, and starts the workflow that settles all messages which may have arrived. */
async function settle(record: GateRecord, scope: CancellationScope, followedUp: Set<NotificationState>): Promise<void> {
  scope.cancel();
  const { gate, messages = [] } = record;
  delete record.messages;
  const arrived = messages.flatMap((message): MessageToSettle[] => {
    const { channel, id, status, data } = message;
    if (id === undefined || status === 'refused') return [];
    const isUncertain = status !== 'sent' || followedUp.has(message);
    return [{ channel, id, ...(data !== undefined && { data }), ...(isUncertain && { isUncertain }) }];
  });
  const [first] = arrived;
  if (!first) return;
  const input = {
    gate: toNotifiedGate(workflowInfo().workflowId, gate),
    closing: toGateClosing(gate),
    messages: arrived,
  };
  await CancellationScope.nonCancellable(async () => {
    await startChild<typeof settleNotifications>(SETTLE_NOTIFICATIONS_WORKFLOW_TYPE, {
      workflowId: `duvo-settle-${first.id}`,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // A worker whose workflow file does not export the workflow would otherwise keep it open for ever.
      workflowExecutionTimeout: '2d',
      // The start is refused when the workflow exists: a reset repeats the start, and the messages are being settled.
    }).catch(() => undefined);
  });
}

function toFailedNotification(channel: string, error: unknown): GateNotification {
  const reason = findFailure(error)?.message || 'no worker has sent the message within an hour';
  return { channel, status: 'failed', at: now(), reason: cutText(reason, MAX_REASON_CHARS, '…') };
}

/** Returns the number of the gate's events, those included that were left out. */
function countEvents({ events = [], omittedEvents = 0 }: Gate): number {
  return events.length + omittedEvents;
}

/** Returns the failure of the last attempt; `undefined` when no attempt has failed. */
function findFailure(error: unknown): ApplicationFailure | undefined {
  const cause: unknown = rootFailure(error);
  return cause instanceof ApplicationFailure ? cause : undefined;
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
