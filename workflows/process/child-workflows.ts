import {
  CancellationScope,
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  getExternalWorkflowHandle,
  startChild,
  type WithWorkflowArgs,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/workflow';

/**
 * Whether the scope was cancelled while its child was being started. The SDK sends such a cancellation before the server
 * knows the child, so the cancellation is lost without an error: the child would continue, and its parent would wait for
 * its end.
 */
export function wasCancelledBeforeStart(): boolean {
  return CancellationScope.current().consideredCancelled;
}

export function resendCancel({ workflowId, firstExecutionRunId }: ChildWorkflowHandle<Workflow>): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    // The request fails when the child has ended. That failure is ignored, because an ended child needs no cancellation.
    await getExternalWorkflowHandle(workflowId, firstExecutionRunId)
      .cancel()
      .catch(() => undefined);
  });
}

/** Does the same as the SDK's `executeChild`, but a cancellation during the start of the child is not lost. */
export async function executeCancellableChild<T extends Workflow>(
  type: string,
  options: WithWorkflowArgs<T, ChildWorkflowOptions>,
): Promise<WorkflowResultType<T>> {
  const child = await startChild<T>(type, options);
  if (wasCancelledBeforeStart()) await resendCancel(child);
  return child.result();
}
