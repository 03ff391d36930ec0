import type { ChaosOptions } from './faults/chaos';
import type { OperationName } from './shared/vocabulary';
import type { Fault } from './faults/fault-injector';
import type { LedgerEntry, SimulatorStats } from './shared/ledger';
import type { ToolScript } from './mcp/tools';
import type { SimulatedSchedule } from './resources/agent-schedules';
import type { SimulatedAnswer } from './resources/simulated-answer';
import type { CaseEndStatus } from './resources/cases';
import type { SimulatedQueue } from './resources/queues';
import type { SimulatedRun } from './resources/run-types';
import type { Scenario } from './resources/scenario';
import type { WebhookDelivery } from './resources/webhook-sender';

/** Controls a simulator in another process over HTTP. The methods do what those of `DuvoSimulator` do. */
export class RemoteSimulator {
  constructor(private readonly url: string) {}

  script(agentId: string, scenario: Scenario): Promise<void> {
    return this.call('PUT', `scenarios/${encodeURIComponent(agentId)}`, scenario);
  }

  /** @returns the fault's id */
  async addFault(fault: Fault): Promise<string> {
    return (await this.call<{ id: string }>('POST', 'faults', fault)).id;
  }

  release(faultId: string): Promise<void> {
    return this.call('POST', `faults/${faultId}/release`);
  }

  removeFault(faultId: string): Promise<void> {
    return this.call('DELETE', `faults/${faultId}`);
  }

  ledger({ since = 0, operation }: { since?: number; operation?: OperationName } = {}): Promise<LedgerEntry[]> {
    return this.call('GET', `ledger?since=${since}${operation ? `&operation=${operation}` : ''}`);
  }

  stats(): Promise<SimulatorStats> {
    return this.call('GET', 'stats');
  }

  runs(): Promise<SimulatedRun[]> {
    return this.call('GET', 'runs');
  }

  getRun(runId: string): Promise<SimulatedRun> {
    return this.call('GET', `runs/${encodeURIComponent(runId)}`);
  }

  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): Promise<void> {
    return this.call('POST', `runs/${encodeURIComponent(runId)}/answer`, { requestId, answer });
  }

  /** @returns the schedule's id */
  async addAgentSchedule(agentId: string, schedule: SimulatedSchedule = {}): Promise<string> {
    return (await this.call<{ id: string }>('POST', `agents/${encodeURIComponent(agentId)}/schedules`, schedule)).id;
  }

  addTool(name: string, script: ToolScript = {}): Promise<void> {
    return this.call('PUT', `tools/${encodeURIComponent(name)}`, script);
  }

  /** @returns the queue's id */
  async addQueue(queue: SimulatedQueue = {}): Promise<string> {
    return (await this.call<{ id: string }>('POST', 'queues', queue)).id;
  }

  settleCase(caseId: string, status: CaseEndStatus): Promise<void> {
    return this.call('PUT', `cases/${encodeURIComponent(caseId)}`, { status });
  }

  /** Starts to inject random faults; `undefined` stops them. */
  setChaos(options: ChaosOptions | undefined): Promise<void> {
    return this.call('PUT', 'chaos', options ?? null);
  }

  revokeTokens(): Promise<void> {
    return this.call('DELETE', 'tokens');
  }

  deliveries(): Promise<WebhookDelivery[]> {
    return this.call('GET', 'deliveries');
  }

  redeliver(deliveryId: string): Promise<void> {
    return this.call('POST', `deliveries/${encodeURIComponent(deliveryId)}/redeliver`);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_simulator/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok)
      throw new Error(`simulator: ${method} ${path} failed with HTTP ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
