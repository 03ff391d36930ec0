import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import {
  BATCH_CASE_WORKFLOW_TYPE,
  BATCH_ITEMS_WORKFLOW_TYPE,
  BATCH_PAGE_WORKFLOW_TYPE,
  BATCH_WORKFLOW_TYPE,
} from '../../contract/batches/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract/names';
import { commandLine } from '../../contract/text/command-line';
import {
  BatchNotFoundError,
  isWorkflowNotFound,
  ProcessNotFoundError,
  RunNotFoundError,
  WorkflowConflictError,
} from '../errors';
import { describeWorkflow } from '../../temporal/memo-reader';

type WorkflowKind = 'run' | 'batch' | 'process' | 'part of a batch';

/** The workflow types of this package. All other types are processes: users' own workflows. */
const KINDS_BY_TYPE: Record<string, WorkflowKind> = {
  [AGENT_RUN_WORKFLOW_TYPE]: 'run',
  [BATCH_WORKFLOW_TYPE]: 'batch',
  [BATCH_PAGE_WORKFLOW_TYPE]: 'part of a batch',
  [BATCH_ITEMS_WORKFLOW_TYPE]: 'part of a batch',
  [BATCH_CASE_WORKFLOW_TYPE]: 'part of a batch',
};

export const PACKAGE_WORKFLOW_TYPES = Object.keys(KINDS_BY_TYPE);

/** The kinds that an application can name. */
export type NamedKind = keyof typeof NOT_FOUND_ERRORS;

const NOT_FOUND_ERRORS = { run: RunNotFoundError, batch: BatchNotFoundError, process: ProcessNotFoundError } as const;

const HOW_TO_REACH: Record<WorkflowKind, string | undefined> = {
  run: commandLine('run'),
  batch: commandLine('batch'),
  process: commandLine('process'),
  'part of a batch': undefined,
};

/**
 * A workflow that the caller expects to be a run, a batch or a process. The kind is checked once, before the first call:
 * Temporal would, for example, cancel a workflow of any type.
 */
export class TypedWorkflow {
  /** @param isTypeKnown whether this client started the workflow, so that the check is not needed */
  constructor(
    private readonly client: Client,
    private readonly workflowId: string,
    private readonly kind: NamedKind,
    private isTypeKnown: boolean,
  ) {}

  /**
   * Makes a call to the workflow.
   *
   * @throws WorkflowConflictError when the workflow is of another kind; RunNotFoundError, BatchNotFoundError or
   * ProcessNotFoundError when there is no such workflow
   */
  async call<T>(call: () => Promise<T>): Promise<T> {
    await this.checkType();
    return this.mapNotFound(call);
  }

  /**
   * Reads a description of the workflow, and checks its type.
   *
   * @throws as {@link call}
   */
  async describe(read = () => describeWorkflow(this.client, this.workflowId)): Promise<WorkflowExecutionDescription> {
    const { workflowId, kind } = this;
    const description = await this.mapNotFound(read);
    const actualKind = KINDS_BY_TYPE[description.type] ?? 'process';
    if (actualKind !== kind)
      throw new WorkflowConflictError(workflowId, wrongKindMessage(workflowId, kind, actualKind));
    this.isTypeKnown = true;
    return description;
  }

  /** @throws as {@link call} */
  async checkType(): Promise<void> {
    if (!this.isTypeKnown) await this.describe();
  }

  private async mapNotFound<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isWorkflowNotFound(error) ? new NOT_FOUND_ERRORS[this.kind](this.workflowId) : error;
    }
  }
}

function wrongKindMessage(workflowId: string, expected: WorkflowKind, actual: WorkflowKind): string {
  const fix = HOW_TO_REACH[actual];
  return `${workflowId} is a ${actual}, not a ${expected}${fix ? `: use ${fix}` : ''}`;
}
