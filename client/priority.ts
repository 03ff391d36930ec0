import { type Check, object, refuse } from '../workflows/input-checks';
import { InvalidInputError } from './errors';

/** Temporal's priority and fairness of a start; its activities and children inherit them. */
export interface StartPriority {
  /** 1 (first) to 5 (last); what waits in a task queue is taken in this order. @default 3 */
  priorityKey?: number;
  /** Of one priority, keys take turns, so that one with much work does not starve the others. At most 64 bytes. */
  fairnessKey?: string;
  /** Share of the key's turns, 0.001 to 1000. @default 1 */
  fairnessWeight?: number;
}

const inRange =
  (low: number, high: number, whole: boolean): Check =>
  (value, field) => {
    const fits = typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value));
    if (!fits) refuse(field, `must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
  };

export const priority: Check = object({
  priorityKey: inRange(1, 5, true),
  fairnessKey: (value, field) => {
    if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > 64)
      refuse(field, 'must be a text of 1 to 64 bytes');
  },
  fairnessWeight: inRange(0.001, 1000, false),
});

/** @throws InvalidInputError */
export function checkPriority(value: StartPriority): void {
  InvalidInputError.from(() => priority(value, 'priority'));
}
