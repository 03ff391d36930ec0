import { SIMULATOR_TEAM_ID } from '../ids';
import type { Ledger } from '../ledger';
import { ClientProof, type SimulatedOAuthClient } from '../oauth/client';
import { Tokens } from '../oauth/tokens';
import { Webhooks } from '../webhooks';
import { Agents } from './agents';
import type { Case } from './cases';
import { millisecondsOf } from './durations';
import { Queues } from './queues';
import { Runs } from './runs';
import { Sandboxes } from './sandboxes';

export interface WorldOptions {
  apiKey: string;
  scopes?: string[];
  teamId?: string;
  oauth?: SimulatedOAuthClient;
  webhookSecret?: string;
  casesTake?: number | string;
}

/** All that the service holds. */
export class World {
  readonly teamId: string;
  readonly agents: Agents;
  readonly sandboxes = new Sandboxes();
  readonly queues: Queues;
  readonly runs: Runs;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly oauth?: { client: SimulatedOAuthClient; proof: ClientProof };

  constructor(
    readonly ledger: Ledger,
    { apiKey, scopes, teamId = SIMULATOR_TEAM_ID, oauth, webhookSecret, casesTake }: WorldOptions,
  ) {
    this.teamId = teamId;
    this.agents = new Agents(teamId);
    this.queues = new Queues(casesTake === undefined ? undefined : millisecondsOf(casesTake));
    this.tokens = new Tokens(apiKey, scopes);
    this.webhooks = new Webhooks(webhookSecret);
    this.runs = new Runs(ledger, this.agents, this.sandboxes, (run, webhook) => this.webhooks.watch(run, webhook));
    if (oauth) this.oauth = { client: oauth, proof: new ClientProof(oauth) };
  }

  /** A run of an agent takes up a case. */
  claim(one: Case, agentId: string): void {
    const run = this.runs.startInDuvo(agentId, 'queue', one.title);
    one.claim(run);
    this.queues.claimed(one, run.id);
  }
}
