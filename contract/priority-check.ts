import { type Check, object, refuse } from './input-checks';

const inRange =
  (low: number, high: number, whole: boolean): Check =>
  (value, field) => {
    const fits = typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value));
    if (!fits) refuse(field, `must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
  };

/** Temporal's bounds of a priority: it would refuse others when something is started. */
export const priority: Check = object({
  priorityKey: inRange(1, 5, true),
  fairnessKey: (value, field) => {
    if (typeof value !== 'string' || value === '' || new TextEncoder().encode(value).length > 64)
      refuse(field, 'must be a text of 1 to 64 bytes');
  },
  fairnessWeight: inRange(0.001, 1000, false),
});
