import { priority } from '../contract/priority-check';
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

/** @throws InvalidInputError */
export function checkPriority(value: StartPriority): void {
  InvalidInputError.fromCheck(() => priority(value, 'priority'));
}
