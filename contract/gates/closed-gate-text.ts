import type { Gate, GateOutcome } from './gates';

const OUTCOME_TEXTS: Record<GateOutcome, string> = {
  approved: 'was approved',
  denied: 'was denied',
  answered: 'was answered',
  'answered-elsewhere': 'was answered in Duvo (answered-elsewhere)',
  'timed-out': 'was closed because its time was over (timed-out)',
  withdrawn: 'was withdrawn',
};

/** Says how a gate was closed, by whom and when, as the reason why an answer is refused. */
export function describeClosedGate({ ref, outcome, by, at }: Gate): string {
  const what = outcome === undefined ? 'was closed' : OUTCOME_TEXTS[outcome];
  return `the gate ${ref} ${what}${by === undefined ? '' : ` by ${by}`}${at === undefined ? '' : ` at ${at}`}`;
}
