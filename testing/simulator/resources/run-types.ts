import type { HumanRequestSpec, SimulatedAnswer } from './simulated-answer';
import type { Scenario } from './scenario';

export interface SimulatedHumanRequest {
  id: string;
  title: string;
  type: string;
  status: 'pending' | 'answered' | 'withdrawn';
  answer?: SimulatedAnswer;
  answeredVia?: 'api' | 'ui';
}

/** A run as tests see it. */
export interface SimulatedRun {
  id: string;
  agentId: string;
  status: string;
  /** The idempotency key of the start. Absent when the run was started in Duvo itself. */
  idempotencyKey?: string;
  /** The message of the start. */
  message?: string;
  /** Number of GET requests for the run. */
  polls: number;
  humanRequests: SimulatedHumanRequest[];
  /** Number of stop requests for the run. */
  stopRequests: number;
}

export interface SimulatedMessage {
  id: string;
  type: string;
  role: 'user' | 'assistant' | 'tool';
  timestamp: string;
  text_content?: string;
  tool_call?: { id: string; name: string };
}

export interface HumanRequest extends SimulatedHumanRequest {
  ask: HumanRequestSpec;
  createdAt: string;
  answeredAt?: string;
}

/** What started the run: the API, a person in Duvo's UI, or a queue for one of its cases. */
export type RunSource = 'api' | 'ui' | 'queue';

/** The types of webhook events. */
export type WebhookEventType = 'human_request' | 'run_completed' | 'run_failed' | 'run_interrupted';

export interface RunInit {
  agentId: string;
  scenario: Scenario;
  buildId: string;
  number: number;
  source: RunSource;
  idempotencyKey?: string;
  message?: string;
  sandboxId?: string;
}
