import { SIMULATOR_TEAM_ID } from '../shared/vocabulary';
import type { Ledger } from '../shared/ledger';
import { ClientAuthenticator, type SimulatedOAuthClient } from '../oauth/client-authenticator';
import { TokenStore } from '../oauth/token-store';
import { WebhookSender } from './webhook-sender';
import { Agents } from './agents';
import type { Case } from './cases';
import { toMilliseconds } from '../shared/durations';
import { Queues } from './queues';
import { Runs } from './runs';
import { Sandboxes } from './sandboxes';

export interface WorkspaceOptions {
  apiKey: string;
  scopes?: string[];
  teamId?: string;
  oauth?: SimulatedOAuthClient;
  webhookSecret?: string;
  caseDuration?: number | string;
}

/** The state of the simulated service. */
export class Workspace {
  readonly teamId: string;
  readonly agents: Agents;
  readonly sandboxes = new Sandboxes();
  readonly queues: Queues;
  readonly runs: Runs;
  readonly tokens: TokenStore;
  readonly webhooks: WebhookSender;
  readonly oauth?: { client: SimulatedOAuthClient; authenticator: ClientAuthenticator };

  constructor(
    readonly ledger: Ledger,
    { apiKey, scopes, teamId = SIMULATOR_TEAM_ID, oauth, webhookSecret, caseDuration }: WorkspaceOptions,
  ) {
    this.teamId = teamId;
    this.agents = new Agents(teamId);
    this.queues = new Queues(caseDuration === undefined ? undefined : toMilliseconds(caseDuration));
    this.tokens = new TokenStore(apiKey, scopes);
    this.webhooks = new WebhookSender(webhookSecret);
    this.runs = new Runs(this.agents, this.sandboxes, (run, webhook) => this.webhooks.watch(run, webhook));
    if (oauth) this.oauth = { client: oauth, authenticator: new ClientAuthenticator(oauth) };
  }

  /** Starts a run of an agent that claims a case. */
  claimCase(claimedCase: Case, agentId: string): void {
    const run = this.runs.startInDuvo(agentId, 'queue', claimedCase.title);
    claimedCase.claim(run);
    this.queues.recordClaim(claimedCase, run.id);
  }
}
