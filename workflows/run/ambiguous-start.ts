import { ApplicationFailure } from '@temporalio/workflow';
import { FailureTypes } from '../../contract/failures';
import type { StartCandidate } from '../../contract/runs';
import type { AcceptedAnswer } from '../gates/gate-book';
import { applicationCause, failureDetails } from './run-failures';
import { openWorkflowGate, type RunMemory } from './run-machine';

const QUESTION = 'Which run was started?';
const SEND_AGAIN = 'send it again';
const GIVE_UP = 'give up';

/** What a person says of an ambiguous start. */
export type StartDecision = { adopt: string } | 'send again' | 'give up';

/** The failure of a start of which cannot be told what became of it; `undefined` when the error is another one. */
export function ambiguousStartCause(error: unknown): ApplicationFailure | undefined {
  const cause = applicationCause(error);
  return cause?.type === FailureTypes.StartAmbiguous ? cause : undefined;
}

/** Asks a person what became of a start: it must not be sent again blindly. */
export function openAmbiguousStartGate(
  memory: RunMemory,
  { message, details }: ApplicationFailure,
  key: string,
  now: number,
  dueMs?: number,
): void {
  const [{ candidates = [] } = {}] = (details ?? []) as [{ candidates?: StartCandidate[] }?];
  memory.start = 'ambiguous';
  memory.ambiguous = { candidates, key };
  const nth = memory.gates.filter(({ gate }) => gate.source === 'process').length + 1;
  const request = {
    gateId: `start-${nth}`,
    type: 'question' as const,
    title: 'Was this run started?',
    description:
      'Choose the run that was made, if you find it here; or send it again, which may make a second run; or give up. ' +
      `Why you are asked: ${message}.`,
    questions: [
      {
        question: QUESTION,
        options: [
          ...candidates.map((one) => ({ label: candidateLabel(one) })),
          { label: SEND_AGAIN },
          { label: GIVE_UP },
        ],
      },
    ],
  };
  openWorkflowGate(memory, request, now, dueMs);
}

export function readStartDecision({ ambiguous }: RunMemory, { answers }: AcceptedAnswer): StartDecision {
  const [chosen] = [answers?.[QUESTION] ?? []].flat();
  if (chosen === SEND_AGAIN) return 'send again';
  const run = ambiguous?.candidates.find((one) => candidateLabel(one) === chosen);
  return run ? { adopt: run.runId } : 'give up';
}

export function ambiguousStartFailure(memory: RunMemory): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'whether the run was started is not known, and nobody looks for it any more',
    FailureTypes.StartAmbiguous,
    failureDetails(memory),
    { operation: 'runs.start', candidates: memory.ambiguous?.candidates ?? [] },
  );
}

function candidateLabel({ runId, status, createdAt }: StartCandidate): string {
  return `run ${runId} (${status}${createdAt ? `, created ${createdAt}` : ''})`;
}
