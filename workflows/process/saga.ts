import { ApplicationFailure, CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import { FailureTypes, rootFailure } from '../../contract/failures';

/** Says how a step is undone. To be called before the step, which may fail half-way. */
export type RegisterCompensation = (compensation: () => Promise<unknown>, name?: string) => void;

/**
 * Runs a process whose steps are undone when it fails or is cancelled: compensations run in reverse order, one at a
 * time, out of reach of the cancellation, each whatever came of the others. Work that the body left running is cancelled
 * first (but not waited for: use {@link parallel}, which waits).
 *
 * ```ts
 * await saga(async (undo) => {
 *   undo(() => runAgent({ agentId: REVERSER, message: 'Reverse 4711' }), 'reverse');
 *   await runAgent({ agentId: POSTER, message: 'Post 4711' });
 * });
 * ```
 *
 * @throws what the body failed with, once all is undone
 * @throws ApplicationFailure `Duvo.CompensationFailed` when something could not be undone. Its cause is what the body
 *   failed with; its first detail is {@link CompensationReport}
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

/** What became of the compensations, in the order in which they ran. */
export interface CompensationReport {
  undone: string[];
  /** `type`: of the failure, when it has one. */
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
