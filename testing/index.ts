/** What users test with: a stand-in for Duvo over real HTTP. */
export { CHAOS_KINDS, type ChaosKind, type ChaosOptions } from './chaos';
export { SimulatorControl } from './control';
export type { Operation } from './description/operation';
export type { Fault, FaultHandle, FaultKind } from './faults';
export type { KeyMode } from './http/idempotency';
export type { RateLimitHeaders } from './http/rate-limit';
export { SIMULATOR_TEAM_ID } from './ids';
export type { LedgerEntry, Stats } from './ledger';
export type { ToolScript } from './mcp/tools';
export type { SimulatedOAuthClient } from './oauth/client';
export type { SimulatedAnswer } from './resources/answers';
export type { SimulatedMessage, SimulatedRequest, SimulatedRun } from './resources/run-facts';
export type { SimulatedFile } from './resources/sandboxes';
export { BUILT_IN_SCENARIOS, type Scenario, type Step } from './resources/scenario';
export { DuvoSimulator, type SimulatorOptions } from './simulator';
export { optionsOf as simulatorOptionsOf } from './variables';
export type { Delivery } from './webhooks';
export { DuvoTestEnvironment, type TestEnvironmentOptions, type WorkerSource } from './environment';
