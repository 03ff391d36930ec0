import { ApplicationFailure, CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import { FailureTypes, rootFailure } from '../../contract/failures';

/** Registers how a step is undone. Call it before the step, because the step may fail in the middle. */
export type RegisterCompensation = (compensation: () => Promise<unknown>, name?: string) => void;

/**
 * Runs a process whose steps are undone when the process fails or is cancelled. The compensations run in reverse order,
 * one at a time. A cancellation does not stop them, and each runs even if another one fails. Work that the body left
 * running is cancelled first, but not waited for; {@link parallel} waits for its work.
 *
 * ```ts
 * await saga(async (undo) => {
 *   undo(() => runAgent({ agentId: REVERSER, message: 'Reverse 4711' }), 'reverse');
 *   await runAgent({ agentId: POSTER, message: 'Post 4711' });
 * });
 * ```
 *
 * @throws the failure of the body, after all steps are undone
 * @throws ApplicationFailure `Duvo.CompensationFailed` when a step could not be undone. Its cause is the failure of the
 *   body; its first detail is a {@link CompensationReport}
 */
export async function saga<T>(body: (undo: RegisterCompensation) => Promise<T>): Promise<T> {
  const compensations: Compensation[] = [];
  const scope = new CancellationScope({ cancellable: true });
  try {
    return await scope.run(() =>
      body((run, name = `step ${compensations.length + 1}`) => {
        compensations.push({ name, run });
      }),
    );
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    scope.cancel();
    const report = await CancellationScope.nonCancellable(() => compensate(compensations.reverse()));
    if (report.failed.length === 0) throw error;
    throw ApplicationFailure.create({
      message: `could not be undone: ${report.failed.map(({ name }) => name).join(', ')}`,
      type: FailureTypes.CompensationFailed,
      nonRetryable: true,
      details: [report],
      cause: error instanceof Error ? error : undefined,
    });
  }
}

/** The results of the compensations, in the order in which they ran. */
export interface CompensationReport {
  undone: string[];
  /** `type` is the type of the failure, if it has one. */
  failed: { name: string; type?: string; message: string }[];
}

interface Compensation {
  name: string;
  run: () => Promise<unknown>;
}

async function compensate(compensations: Compensation[]): Promise<CompensationReport> {
  const report: CompensationReport = { undone: [], failed: [] };
  for (const { name, run } of compensations) {
    try {
      await run();
      report.undone.push(name);
    } catch (error) {
      const { type, message } = rootFailure(error);
      report.failed.push({ name, ...(type && { type }), message: message ?? String(error) });
    }
  }
  return report;
}
