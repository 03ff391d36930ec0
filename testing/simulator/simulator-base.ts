import { Chaos, type ChaosOptions } from './faults/chaos';
import { type Fault, type FaultHandle, FaultInjector } from './faults/fault-injector';
import { HttpService } from './http/http-service';
import { IdempotencyKeys } from './http/idempotency-keys';
import { RateLimit } from './http/rate-limit';
import type { ServiceContext } from './http/service-context';
import type { ToolScript } from './mcp/tools';
import type { SimulatedSchedule } from './resources/agent-schedules';
import type { SimulatedAnswer } from './resources/simulated-answer';
import type { CaseEndStatus } from './resources/cases';
import type { SimulatedQueue } from './resources/queues';
import type { SimulatedRun } from './resources/run-types';
import type { SimulatedFile } from './resources/sandboxes';
import { type Scenario, scenarioSchema } from './resources/scenario';
import type { WebhookDelivery } from './resources/webhook-sender';
import { Workspace } from './resources/workspace';
import { Ledger, type LedgerEntry, type SimulatorStats } from './shared/ledger';
import type { SimulatorOptions } from './simulator-options';

/** The simulated service and the methods by which a test scripts and observes it. The subclass runs the HTTP server. */
export abstract class SimulatorBase {
  readonly apiKey: string;
  protected readonly service: HttpService;
  protected readonly faults = new FaultInjector();
  protected readonly workspace: Workspace;
  private readonly requestLedger: Ledger;
  private readonly context: ServiceContext;

  protected constructor(options: SimulatorOptions) {
    const { apiKey = 'dv_simulator', chaos } = options;
    this.apiKey = apiKey;
    this.requestLedger = new Ledger(options.maxLedgerEntries);
    this.workspace = new Workspace(this.requestLedger, { ...options, apiKey });
    this.context = {
      workspace: this.workspace,
      ledger: this.requestLedger,
      faults: this.faults,
      idempotencyKeys: new IdempotencyKeys(options.idempotencyKeyMode),
      rateLimit: new RateLimit(options.requestsPerMinute, options.rateLimitHeaders),
      hasMcpSessions: options.mcpSessions ?? false,
      isClosing: () => this.isClosing,
      origin: () => this.url,
    };
    this.service = new HttpService(this.context);
    this.setChaos(chaos);
  }

  /** URL of the simulator, without a path. */
  abstract get url(): string;

  protected abstract get isClosing(): boolean;

  /** The team in the paths of dialect v2. */
  get teamId(): string {
    return this.workspace.teamId;
  }

  /** The requests that the simulator received, in order of arrival. */
  get ledger(): readonly LedgerEntry[] {
    return this.requestLedger.entries;
  }

  get stats(): SimulatorStats {
    return this.requestLedger.stats;
  }

  get runs(): readonly SimulatedRun[] {
    return this.workspace.runs.all.map((run) => run.snapshot());
  }

  /** The messages that were sent to webhooks. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.workspace.webhooks.deliveries;
  }

  getRun(runId: string): SimulatedRun {
    return this.workspace.runs.find(runId).snapshot();
  }

  listFiles(sandboxId: string): SimulatedFile[] {
    return this.workspace.sandboxes.allFiles(sandboxId);
  }

  /**
   * Sets the scenario that later runs of an agent follow. Creates the agent if it does not exist.
   * @throws ZodError when the scenario is invalid
   */
  script(agentId: string, scenario: Scenario): void {
    this.workspace.agents.script(agentId, scenarioSchema.parse(scenario));
  }

  /** Adds a tool to the hosted MCP server, or replaces the tool of that name. */
  addTool(name: string, script?: ToolScript): void {
    this.service.mcp.service.setTool(name, script);
  }

  /** Forgets the sessions of the hosted MCP server, as a restart does. Needs the option `mcpSessions`. */
  loseMcpSessions(): void {
    this.service.mcp.service.sessions?.loseAll();
  }

  /**
   * Adds a queue. With `agentId`, each new case of the queue starts a run of that agent.
   * @returns the queue's id
   */
  addQueue(queue: SimulatedQueue = {}): string {
    return this.workspace.queues.add(queue).id;
  }

  /** Ends a case, as a person in Duvo would. */
  settleCase(caseId: string, status: CaseEndStatus): void {
    this.workspace.queues.findCase(caseId).settle(status);
  }

  addFault(fault: Fault): FaultHandle {
    return this.faults.add(fault);
  }

  /** Starts to inject random faults; `undefined` stops them. */
  setChaos(options: ChaosOptions | undefined): void {
    this.context.chaos = options && new Chaos(options);
  }

  /** Revokes all access tokens that were issued so far. */
  revokeTokens(): void {
    this.workspace.tokens.revokeAll();
  }

  /**
   * Starts a run as a person in Duvo would, without the API.
   * @returns the run's id
   */
  startInDuvo(agentId: string): string {
    return this.workspace.runs.startInDuvo(agentId).id;
  }

  /**
   * Adds one of Duvo's own schedules to an agent. The API lists the schedule, but it starts no runs.
   * @returns the schedule's id
   */
  addAgentSchedule(agentId: string, schedule: SimulatedSchedule = {}): string {
    return this.workspace.agents.addSchedule(agentId, schedule);
  }

  /** Answers a human request as a person in Duvo's own UI would. */
  answerInDuvo(runId: string, requestId: string, answer: SimulatedAnswer): void {
    this.workspace.runs.answerInDuvo(runId, requestId, answer);
  }

  /** Deletes a run: the API reports it as `run: null`. */
  deleteRun(runId: string): void {
    this.workspace.runs.find(runId).isDeleted = true;
  }

  /** Expires a sandbox: the API responds to later requests for it with 404. */
  expireSandbox(sandboxId: string): void {
    this.workspace.sandboxes.expire(sandboxId);
  }

  /** Sends a webhook message again. */
  redeliver(deliveryId: string): Promise<void> {
    return this.workspace.webhooks.redeliver(deliveryId);
  }

  /**
   * Returns the first request, past or future, that fulfils the predicate.
   * @param options.timeoutMs @default 30,000
   * @throws Error when no such request arrives in time
   */
  waitFor(
    predicate: (entry: LedgerEntry) => boolean,
    { timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<LedgerEntry> {
    return this.requestLedger.waitFor(predicate, timeoutMs);
  }
}
