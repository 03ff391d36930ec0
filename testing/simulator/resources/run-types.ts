import type { HumanRequestSpec, SimulatedAnswer } from './answer-checks';
import type { Scenario } from './scenario';

export interface SimulatedHumanRequest {
  id: string;
  title: string;
  type: 'approval' | 'question';
  status: 'pending' | 'answered' | 'withdrawn';
  answer?: SimulatedAnswer;
  answeredVia?: 'api' | 'ui';
}

/** What tests see of a run. */
export interface SimulatedRun {
  id: string;
  agentId: string;
  status: string;
  /** The idempotency key of its start; absent when it was started in Duvo itself. */
  startedBy?: string;
  looks: number;
  requests: SimulatedHumanRequest[];
  stops: number;
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

/** Who started it: the API, a person in Duvo, a queue's case. */
export type RunSource = 'api' | 'ui' | 'queue';

/** What a change of a run is called in a webhook. */
export type WebhookEventType = 'human_request' | 'run_completed' | 'run_failed' | 'run_interrupted';

export interface RunInit {
  agentId: string;
  scenario: Scenario;
  buildId: string;
  number: number;
  source: RunSource;
  startedBy?: string;
  message?: string;
  sandboxId?: string;
}
