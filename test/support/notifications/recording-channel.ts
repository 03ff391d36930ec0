import type {
  ClosedGateMessage,
  GateEventMessage,
  GateMessage,
  NotificationChannel,
  SentMessage,
} from '../../../workers';
import { eventually } from '../stack';

interface Update {
  sent: SentMessage<{ at: number }>;
  closed: ClosedGateMessage;
}

/** A channel of a user's own that keeps what it receives, and returns the number of each message. */
export class RecordingChannel implements NotificationChannel<{ at: number }> {
  private readonly messages: GateMessage[] = [];
  private readonly followUps: GateEventMessage[] = [];
  private readonly updates: Update[] = [];
  /** Called before a message is recorded. It may fail or wait, as a service may. */
  beforeSend: (message: GateMessage) => Promise<void> | void = () => undefined;

  async send(message: GateMessage): Promise<{ at: number }> {
    await this.beforeSend(message);
    return { at: this.messages.push(message) };
  }

  followUp(_sent: SentMessage<{ at: number }>, message: GateEventMessage): Promise<void> {
    this.followUps.push(message);
    return Promise.resolve();
  }

  update(sent: SentMessage<{ at: number }>, closed: ClosedGateMessage): Promise<void> {
    this.updates.push({ sent, closed });
    return Promise.resolve();
  }

  messagesOf(workflowId: string): GateMessage[] {
    return this.messages.filter(({ gate }) => gate.workflowId === workflowId);
  }

  waitForMessage(workflowId: string): Promise<GateMessage> {
    return eventually(() => this.messagesOf(workflowId)[0]);
  }

  followUpsOf(workflowId: string): GateEventMessage[] {
    return this.followUps.filter(({ gate }) => gate.workflowId === workflowId);
  }

  updatesOf(workflowId: string): Update[] {
    return this.updates.filter(({ closed }) => closed.gate.workflowId === workflowId);
  }

  waitForUpdate(workflowId: string): Promise<Update> {
    return eventually(() => this.updatesOf(workflowId)[0]);
  }
}
