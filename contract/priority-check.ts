import { type Check, object, failInvalidInput } from './input-checks';

const numberInRange =
  (min: number, max: number, integerOnly: boolean): Check =>
  (value, field) => {
    const fits = typeof value === 'number' && value >= min && value <= max && (!integerOnly || Number.isInteger(value));
    if (!fits) failInvalidInput(field, `must be a ${integerOnly ? 'whole ' : ''}number from ${min} to ${max}`);
  };

/** Temporal's bounds of a priority: it would refuse others when something is started. */
export const priority: Check = object({
  priorityKey: numberInRange(1, 5, true),
  fairnessKey: (value, field) => {
    if (typeof value !== 'string' || value === '' || new TextEncoder().encode(value).length > 64)
      failInvalidInput(field, 'must be a text of 1 to 64 bytes');
  },
  fairnessWeight: numberInRange(0.001, 1000, false),
});
