/**
 * The names that clients in any language use and that histories keep (docs/reference/wire-contract.md): workflow types,
 * task queues, messages, search attributes and memo fields of runs, processes and batches.
 */

/** Workflow id of a run with a business key. */
export const runWorkflowId = (key: string): string => `duvo-run-${key}`;

/** The workflow ids of workflows that watch a run which somebody else started begin with this. The run's id follows. */
export const ATTACH_WORKFLOW_ID_PREFIX = 'duvo-attach-';

/** Workflow type of one agent run. */
export const AGENT_RUN_WORKFLOW_TYPE = 'agentRun';

/** Workflow type that settles the messages about a gate after the gate was closed. */
export const SETTLE_NOTIFICATIONS_WORKFLOW_TYPE = 'settleNotifications';

/** Task queue of workflows, and of a user's own activities. */
export const DEFAULT_TASK_QUEUE = 'duvo';

/** Task queue of the Duvo activities. One queue serves one API key; its server-side rate is the API's limit. */
export const DEFAULT_API_TASK_QUEUE = 'duvo-api';

/** Signals of a run. A process with gates of its own handles `answerGate`, too. */
export const Signals = { answerGate: 'answerGate', hint: 'hint' } as const;

/** Updates of a run, and of a process with gates of its own. */
export const Updates = {
  submitAnswer: 'submitAnswer',
  reassignGate: 'reassignGate',
  extendGate: 'extendGate',
  withdrawGate: 'withdrawGate',
} as const;

/** `runState` belongs to a run. `unusedAnswers` belongs to a process with gates; a run has these answers in its state. */
export const Queries = {
  gates: 'gates',
  receipts: 'receipts',
  runState: 'runState',
  unusedAnswers: 'unusedAnswers',
} as const;

/** Search attributes are never encrypted, so they hold ids, numbers and times only. */
export const SearchAttributes = {
  /** Keyword: the agent of the run. */
  agentId: 'DuvoAgentId',
  /** Keyword: Duvo's id of the run, once it is known. */
  runId: 'DuvoRunId',
  /** Int: number of open gates of the workflow. */
  openGates: 'DuvoOpenGates',
  /** Datetime: the earliest due time of the open gates; absent when no open gate has one. */
  gateDue: 'DuvoGateDue',
} as const;

/** Fields of the workflow's memo, which are for display: visibility cannot search them. */
export const MemoKeys = {
  /** `GateSummary[]`: the open gates. Valid only while `DuvoOpenGates` is above 0. */
  gates: 'duvoGates',
  /**
   * `ReceiptHead & {continues}`: the chain of receipts that this execution continues. `continues` is Temporal's run id of
   * the execution before; a retry inherits the memo, and does not continue that execution.
   */
  receipts: 'duvoReceipts',
  /** Of a process that continued as new: the messages about its open gates that were sent before. */
  messages: 'duvoMessages',
  /** `CancelOutcome`: the outcome of a cancellation. */
  cancel: 'duvoCancel',
  /** `ReadFault`: why the run cannot be read at present; absent while it can be read. */
  fault: 'duvoFault',
  /** `RunStop`: what the workflow waits for before it can stop the run; absent while it does not wait. */
  stopping: 'duvoStopping',
  /** true: the run is `needs_attention`, so that somebody must look at it in Duvo; null or absent otherwise. */
  needsAttention: 'duvoNeedsAttention',
  /** string: Duvo's status of a run that had ended before the cancellation; absent when it was stopped. */
  cancelledRunStatus: 'duvoCancelledRunStatus',
  /** string: digest of the input that a business key was started with. The client sets it. */
  inputDigest: 'duvoInputDigest',
  /**
   * string: Temporal's run id of the latest former execution of the same workflow id, '' when there is none. Without it,
   * the worker looks in visibility. The client sets it.
   */
  former: 'duvoFormer',
  /** true: the workflow is attached to a run that it has not started. */
  attached: 'duvoAttached',
  /** string: the business key. The client sets it. */
  key: 'duvoKey',
  /** string: the person who started the workflow. The client sets it, and child workflows inherit it. */
  startedBy: 'duvoStartedBy',
} as const;

/** Reads a search attribute of a workflow that the SDK has described or listed. */
export function readSearchAttribute<T = string>(
  { searchAttributes }: { searchAttributes: object },
  name: string,
): T | undefined {
  return (searchAttributes as Record<string, T[] | undefined>)[name]?.[0];
}
