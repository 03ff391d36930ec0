import { type Check, failInvalidInput, integer, numberBetween, object } from './input-checks';

/** Temporal's priority and fairness of a start. The workflow's activities and children inherit them. */
export interface StartPriority {
  /** 1 (first) to 5 (last): the order in which a task queue gives its tasks to workers. @default 3 */
  priorityKey?: number;
  /**
   * Tasks of the same priority are shared out among the fairness keys, so that a key with much work does not delay the
   * others. At most 64 bytes.
   */
  fairnessKey?: string;
  /** Weight of the key's share, 0.001 to 1000. @default 1 */
  fairnessWeight?: number;
}

/** Checks Temporal's own bounds, so that a bad priority is refused before anything is started. */
export const priority: Check = object({
  priorityKey: integer(1, 5),
  fairnessKey: (value, field) => {
    if (typeof value !== 'string' || value === '' || new TextEncoder().encode(value).length > 64)
      failInvalidInput(field, 'must be a text of 1 to 64 bytes');
  },
  fairnessWeight: numberBetween(0.001, 1000),
});
