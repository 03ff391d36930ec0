import {
  CancellationScope,
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  getExternalWorkflowHandle,
  patched,
  startChild,
  type WithWorkflowArgs,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/workflow';

/**
 * Whether the scope was cancelled before a child that has just started was there. The SDK has sent that cancel at once, the
 * server knew no such workflow, and nobody was told: the child would run on, and who waits for its end would wait as long.
 */
export function wasCancelledBeforeStart(): boolean {
  return CancellationScope.current().consideredCancelled && patched('cancel-again-when-started');
}

export function resendCancel({ workflowId, firstExecutionRunId }: ChildWorkflowHandle<Workflow>): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    // One that has ended has nothing to cancel.
    await getExternalWorkflowHandle(workflowId, firstExecutionRunId)
      .cancel()
      .catch(() => undefined);
  });
}

/** As `executeChild` of the SDK, and with as many promises, which replays need; its cancel is not lost. */
export async function executeCancellableChild<T extends Workflow>(
  type: string,
  options: WithWorkflowArgs<T, ChildWorkflowOptions>,
): Promise<WorkflowResultType<T>> {
  const child = await startChild<T>(type, options);
  if (wasCancelledBeforeStart()) await resendCancel(child);
  return child.result();
}
