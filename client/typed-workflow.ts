import type { Client } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../contract/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../contract/names';
import { isWorkflowNotFound, RunNotFoundError, WorkflowConflictError } from './errors';

/** What has commands, and a class, of its own. */
const WORKFLOW_KINDS = {
  run: { type: AGENT_RUN_WORKFLOW_TYPE, use: 'duvo.runs, or duvo-temporal run …' },
  batch: { type: BATCH_WORKFLOW_TYPE, use: 'duvo.batches, or duvo-temporal batch …' },
} as const;

/**
 * A workflow that its caller takes for a run or a batch. That is checked once, before anything reaches it: a cancel, say,
 * reaches any.
 */
export class TypedWorkflow {
  /** @param isTypeKnown whether it is known to be one; else that is checked first */
  constructor(
    private readonly client: Client,
    private readonly workflowId: string,
    private readonly kind: keyof typeof WORKFLOW_KINDS,
    private isTypeKnown: boolean,
  ) {}

  /** @throws WorkflowConflictError when it is something else; RunNotFoundError, also when the call finds no workflow */
  async call<T>(call: () => Promise<T>): Promise<T> {
    await this.checkType();
    return this.mapNotFound(call);
  }

  /** @throws WorkflowConflictError, RunNotFoundError */
  async checkType(): Promise<void> {
    if (this.isTypeKnown) return;
    const { workflowId, kind } = this;
    const { type } = await this.mapNotFound(() => this.client.workflow.getHandle(workflowId).describe());
    if (type !== WORKFLOW_KINDS[kind].type)
      throw new WorkflowConflictError(workflowId, wrongTypeMessage(workflowId, kind, type));
    this.isTypeKnown = true;
  }

  private async mapNotFound<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isWorkflowNotFound(error) ? new RunNotFoundError(this.workflowId, this.kind) : error;
    }
  }
}

function wrongTypeMessage(workflowId: string, kind: keyof typeof WORKFLOW_KINDS, type: string): string {
  const other = kind === 'run' ? 'batch' : 'run';
  if (type === WORKFLOW_KINDS[other].type)
    return `${workflowId} is a ${other}, not a ${kind}: use ${WORKFLOW_KINDS[other].use}`;
  return `${workflowId} is a workflow of the type ${type}, not a ${kind}`;
}
