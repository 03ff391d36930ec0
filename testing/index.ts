/** What users test with: a stand-in for Duvo over real HTTP. */
export { SimulatorControl } from './control';
export type { Fault, FaultHandle, FaultKind } from './faults';
export type { LedgerEntry, Operation, Stats } from './ledger';
export type { SimulatedAnswer, SimulatedMessage, SimulatedRequest, SimulatedRun } from './run';
export { BUILT_IN_SCENARIOS, type Scenario, type Step } from './scenario';
export { DuvoSimulator, type SimulatorOptions } from './simulator';
export { DuvoTestEnvironment, type TestEnvironmentOptions, type WorkerSource } from './environment';
