import type { Client } from '@temporalio/client';
import { BatchesClient } from './batches/batches-client';
import { GatesClient } from './gates/gates-client';
import { ProcessesClient } from './processes/processes-client';
import { RunsClient } from './runs/runs-client';
import { SchedulesClient } from './schedules/schedules-client';
import type { TaskQueueOptions } from './temporal/start-options';

/**
 * What an application calls: starts and finds the durable workflows of Duvo, and answers their gates.
 *
 * @example
 * const duvo = new DuvoWorkflows(new Client({ connection }));
 * const run = await duvo.runs.start({ agentId, message, key: 'invoice-4711' });
 * const { output } = await run.result();
 */
export class DuvoWorkflows {
  /** Agent runs. */
  readonly runs: RunsClient;
  /** Questions of runs and processes to people. */
  readonly gates: GatesClient;
  /** Many items through one template. */
  readonly batches: BatchesClient;
  /** Starts at given times. */
  readonly schedules: SchedulesClient;
  /** Users' own workflows. */
  readonly processes: ProcessesClient;

  /** @param client Temporal's client; the caller closes its connection */
  constructor(client: Client, options: TaskQueueOptions = {}) {
    this.runs = new RunsClient(client, options);
    this.gates = new GatesClient(client);
    this.batches = new BatchesClient(client, options);
    this.schedules = new SchedulesClient(client, options);
    this.processes = new ProcessesClient(client, options);
  }
}
