/** Tools to test workflows without Duvo: a simulator of its API over real HTTP, and a test environment around it. */
export { CHAOS_KINDS, type ChaosKind, type ChaosOptions } from './simulator/faults/chaos';
export { RemoteSimulator } from './simulator/remote-simulator';
export type { OperationName } from './simulator/shared/vocabulary';
export type { Fault, FaultHandle, FaultEffect } from './simulator/faults/fault-injector';
export type { IdempotencyKeyMode } from './simulator/http/idempotency-keys';
export type { RateLimitHeaderStyle } from './simulator/http/rate-limit';
export { SIMULATOR_TEAM_ID } from './simulator/shared/vocabulary';
export type { LedgerEntry, SimulatorStats } from './simulator/shared/ledger';
export type { ToolScript } from './simulator/mcp/tools';
export type { SimulatedOAuthClient } from './simulator/oauth/client-authenticator';
export type { SimulatedSchedule } from './simulator/resources/agent-schedules';
export type { SimulatedQueue } from './simulator/resources/queues';
export type { SimulatedAnswer } from './simulator/resources/simulated-answer';
export type { SimulatedMessage, SimulatedHumanRequest, SimulatedRun } from './simulator/resources/run-types';
export type { SimulatedFile } from './simulator/resources/sandboxes';
export { BUILT_IN_SCENARIOS, type Scenario, type ScenarioStep } from './simulator/resources/scenario';
export { DuvoSimulator } from './simulator/simulator';
export type { SimulatorOptions } from './simulator/simulator-options';
export { simulatorOptionsFromEnv as simulatorOptionsOf } from './simulator/env-options';
export type { WebhookDelivery } from './simulator/resources/webhook-sender';
export {
  DuvoTestEnvironment,
  type ExecuteOptions,
  type TestEnvironmentOptions,
  type TestWorkerOptions,
} from './environment/test-environment';
