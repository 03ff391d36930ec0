import type { Fault } from './faults';
import type { LedgerEntry, Operation, Stats } from './ledger';
import type { SimulatedAnswer, SimulatedRun } from './run';
import type { Scenario } from './scenario';

/** The controls of a simulator that runs in another process. */
export class SimulatorControl {
  constructor(private readonly url: string) {}

  script(agentId: string, scenario: Scenario): Promise<void> {
    return this.call('PUT', `scenarios/${encodeURIComponent(agentId)}`, scenario);
  }

  /** @returns the fault's id */
  async fail(fault: Fault): Promise<string> {
    return (await this.call<{ id: string }>('POST', 'faults', fault)).id;
  }

  release(faultId: string): Promise<void> {
    return this.call('POST', `faults/${faultId}/release`);
  }

  removeFault(faultId: string): Promise<void> {
    return this.call('DELETE', `faults/${faultId}`);
  }

  ledger({ since = 0, operation }: { since?: number; operation?: Operation } = {}): Promise<LedgerEntry[]> {
    return this.call('GET', `ledger?since=${since}${operation ? `&operation=${operation}` : ''}`);
  }

  stats(): Promise<Stats> {
    return this.call('GET', 'stats');
  }

  runs(): Promise<SimulatedRun[]> {
    return this.call('GET', 'runs');
  }

  run(runId: string): Promise<SimulatedRun> {
    return this.call('GET', `runs/${encodeURIComponent(runId)}`);
  }

  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): Promise<void> {
    return this.call('POST', `runs/${encodeURIComponent(runId)}/answer`, { requestId, answer });
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_simulator/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok)
      throw new Error(`simulator: ${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
