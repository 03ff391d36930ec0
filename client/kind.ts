import type { Client } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../contract/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../contract/run-contract';
import { isNotFound, RunNotFoundError, WorkflowConflictError } from './errors';

/** What has commands, and a class, of its own. */
const KINDS = {
  run: { type: AGENT_RUN_WORKFLOW_TYPE, use: 'DuvoRuns, or duvo-temporal runs …' },
  batch: { type: BATCH_WORKFLOW_TYPE, use: 'DuvoBatches, or duvo-temporal batch …' },
} as const;

/**
 * A workflow that its caller takes for a run or a batch. That is checked once, before anything reaches it: a cancel, say,
 * reaches any.
 */
export class WorkflowOfKind {
  /** @param isKnown whether it is known to be one; else that is checked first */
  constructor(
    private readonly client: Client,
    private readonly workflowId: string,
    private readonly kind: keyof typeof KINDS,
    private isKnown: boolean,
  ) {}

  /** @throws WorkflowConflictError when it is something else; RunNotFoundError, also when the call finds no workflow */
  async call<T>(call: () => Promise<T>): Promise<T> {
    await this.check();
    return this.found(call);
  }

  /** @throws WorkflowConflictError, RunNotFoundError */
  async check(): Promise<void> {
    if (this.isKnown) return;
    const { workflowId, kind } = this;
    const { type } = await this.found(() => this.client.workflow.getHandle(workflowId).describe());
    if (type !== KINDS[kind].type) throw new WorkflowConflictError(workflowId, conflictText(workflowId, kind, type));
    this.isKnown = true;
  }

  private async found<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isNotFound(error) ? new RunNotFoundError(this.workflowId, this.kind) : error;
    }
  }
}

function conflictText(workflowId: string, kind: keyof typeof KINDS, type: string): string {
  const other = kind === 'run' ? 'batch' : 'run';
  if (type === KINDS[other].type) return `${workflowId} is a ${other}, not a ${kind}: use ${KINDS[other].use}`;
  return `${workflowId} is a workflow of the type ${type}, not a ${kind}`;
}
