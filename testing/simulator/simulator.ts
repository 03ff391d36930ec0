import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chaos, type ChaosOptions } from './faults/chaos';
import { v1 } from './dialects/v1';
import { type Fault, type FaultHandle, FaultInjector } from './faults/fault-injector';
import { handleControlRequest } from './control-routes';
import { IdempotencyKeys } from './http/idempotency-keys';
import type { ServiceContext } from './http/service-context';
import { RateLimit } from './http/rate-limit';
import { send } from './http/send';
import { HttpService } from './http/http-service';
import { Ledger, type LedgerEntry, type SimulatorStats } from './shared/ledger';
import type { ToolScript } from './mcp/tools';
import type { SimulatorOptions } from './simulator-options';
import { Refusal } from './shared/refusal';
import type { SimulatedSchedule } from './resources/agent-schedules';
import type { SimulatedAnswer } from './resources/answer-checks';
import type { CaseEndStatus } from './resources/cases';
import type { SimulatedRun } from './resources/run-types';
import { type Scenario, scenarioSchema } from './resources/scenario';
import type { SimulatedFile } from './resources/sandboxes';
import { Workspace } from './resources/workspace';
import type { WebhookDelivery } from './resources/webhook-sender';

export type { SimulatorOptions } from './simulator-options';

/**
 * A stand-in for the Duvo service, over real HTTP, in both dialects, written from the API's documented facts: strict in
 * what it accepts, scripted by agent, with faults on demand and a ledger of all requests. A test tool: never expose it to
 * a network.
 */
export class DuvoSimulator {
  readonly apiKey: string;
  private readonly requestLedger: Ledger;
  private readonly workspace: Workspace;
  private readonly context: ServiceContext;
  private readonly service: HttpService;
  private readonly faults = new FaultInjector();
  private readonly server: Server;
  private origin = '';

  private constructor(options: SimulatorOptions) {
    const { apiKey = 'dv_simulator', honourIdempotencyKeys = true, chaos } = options;
    this.apiKey = apiKey;
    this.requestLedger = new Ledger(options.maxLedgerEntries);
    this.workspace = new Workspace(this.requestLedger, { ...options, apiKey });
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.keepAliveTimeout = 60_000;
    this.context = {
      workspace: this.workspace,
      ledger: this.requestLedger,
      faults: this.faults,
      idempotencyKeys: new IdempotencyKeys(options.idempotencyKeyMode ?? (honourIdempotencyKeys ? 'honour' : 'ignore')),
      rateLimit: new RateLimit(options.requestsPerMinute, options.rateLimitHeaders),
      isClosing: () => !this.server.listening,
      origin: () => this.origin,
    };
    this.service = new HttpService(this.context);
    this.setChaos(chaos);
  }

  static async start(options: SimulatorOptions = {}): Promise<DuvoSimulator> {
    const simulator = new DuvoSimulator(options);
    const { server } = simulator;
    const host = options.host ?? '127.0.0.1';
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => {
        const isPortInUse = error.code === 'EADDRINUSE';
        reject(isPortInUse ? new Error(`the port ${options.port} on ${host} is taken: choose another one`) : error);
      };
      server.once('error', onError).listen(options.port ?? 0, host, resolve);
    });
    simulator.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
    return simulator;
  }

  get url(): string {
    return this.origin;
  }

  /** The team of the paths of `v2`. */
  get teamId(): string {
    return this.workspace.teamId;
  }

  get ledger(): readonly LedgerEntry[] {
    return this.requestLedger.entries;
  }

  get stats(): SimulatorStats {
    return this.requestLedger.stats;
  }

  get runs(): readonly SimulatedRun[] {
    return this.workspace.runs.all.map((run) => run.snapshot());
  }

  /** What was sent to webhooks. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.workspace.webhooks.deliveries;
  }

  getRun(runId: string): SimulatedRun {
    return this.workspace.runs.find(runId).snapshot();
  }

  /** The files of a sandbox. */
  listFiles(sandboxId: string): SimulatedFile[] {
    return this.workspace.sandboxes.allFiles(sandboxId);
  }

  /** Says how the runs of an agent go. @throws ZodError when the scenario is not one */
  script(agentId: string, scenario: Scenario): void {
    this.workspace.agents.script(agentId, scenarioSchema.parse(scenario));
  }

  /** Adds a tool to the hosted MCP server, or replaces the one of that name. */
  addTool(name: string, script?: ToolScript): void {
    this.service.mcp.service.setTool(name, script);
  }

  /** Adds a queue; an agent that is named takes up each of its cases with a run. @returns its id */
  addQueue({ id, name, agentId }: { id?: string; name?: string; agentId?: string } = {}): string {
    return this.workspace.queues.add(id, name, agentId).id;
  }

  /** A person, or an agent that is not simulated, ends a case. */
  settleCase(caseId: string, status: CaseEndStatus): void {
    this.workspace.queues.findCase(caseId).settle(status);
  }

  addFault(fault: Fault): FaultHandle {
    return this.faults.add(fault);
  }

  /** Faults at random from now on, or none any more. */
  setChaos(options: ChaosOptions | undefined): void {
    this.context.chaos = options && new Chaos(options);
  }

  /** From now on the access tokens that were issued are refused. */
  revokeTokens(): void {
    this.workspace.tokens.revokeAll();
  }

  /** Somebody else starts a run. @returns its id */
  startInDuvo(agentId: string): string {
    return this.workspace.runs.startInDuvo(agentId).id;
  }

  /** The agent has a schedule of Duvo's own, which is shown and starts nothing. @returns its id */
  addAgentSchedule(agentId: string, schedule: SimulatedSchedule = {}): string {
    return this.workspace.agents.addSchedule(agentId, schedule);
  }

  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): void {
    this.workspace.runs.answerInDuvo(runId, requestId, answer);
  }

  /** From now on the run does not exist. */
  deleteRun(runId: string): void {
    this.workspace.runs.find(runId).isDeleted = true;
  }

  /** From now on the sandbox does not exist. */
  expireSandbox(sandboxId: string): void {
    this.workspace.sandboxes.expire(sandboxId);
  }

  /** Sends a webhook's message once more. */
  redeliver(deliveryId: string): Promise<void> {
    return this.workspace.webhooks.redeliver(deliveryId);
  }

  /** The first request, past or future, of which it is true. Rejects after a time-out, 30 s by default. */
  waitFor(
    predicate: (entry: LedgerEntry) => boolean,
    { timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<LedgerEntry> {
    return this.requestLedger.waitFor(predicate, timeoutMs);
  }

  async close(): Promise<void> {
    this.faults.releaseAll();
    this.workspace.webhooks.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url?.startsWith('/_simulator/')) send(response, await handleControlRequest(this, request));
      else await this.service.serve(request, response);
    } catch (error) {
      if (response.destroyed || response.headersSent) return void response.destroy();
      send(response, v1.refusal(error instanceof Refusal ? error : new Refusal(500, 'internal')));
    }
  }
}
