/** Inputs of the gates that the test processes open. */
import type { DelayedGateInput } from './workflows/processes';

export const PAY: DelayedGateInput = { title: 'Pay 4711?', description: 'It is odd' };
export const TWICE = [{ label: 'z' }, { label: 'z' }];
export const LEDGER = 'Which ledger?';
export const TWO: DelayedGateInput = {
  title: 'Two things',
  questions: [
    { question: LEDGER, options: [{ label: 'main' }, { label: 'side' }] },
    { question: 'Which tags?', options: [{ label: 'a,b' }, { label: 'c' }], multiSelect: true },
  ],
};
