/**
 * The contract: names, JSON shapes and input checks that clients, workflows, activities and workers share
 * (docs/reference/wire-contract.md). Pure code: it imports only `ms`, the SHA-256 of `@noble/hashes`, and the failures of
 * `@temporalio/common`.
 */
export * from './batches/batch-contract';
export * from './batches/batch-input';
export * from './gates/answer-format';
export * from './durations';
export * from './failures';
export * from './gates/times/calendar';
export * from './gates/closed-gate-text';
export * from './gates/times/due-times';
export * from './gates/gate-changes';
export * from './gates/times/gate-clock';
export * from './gates/gate-events';
export * from './gates/gate-policy';
export * from './gates/gate-refs';
export * from './gates/gate-summary';
export * from './gates/gates';
export * from './gates/notifications';
export * from './gates/notified-gate';
export * from './gates/receipts';
export * from './gates/verify-receipts';
export * from './input-checks';
export * from './names';
export * from './priority';
export * from './resource-activities';
export * from './run-input';
export * from './run-plan';
export * from './runs';
export * from './batches/template';
export * from './text/cut-text';
export * from './text/command-line';
export * from './text/escape-text';
