import { priority } from '../contract/priority-check';
import { InvalidInputError } from './errors';

/** The task queues that workflows are started on. */
export interface TaskQueueOptions {
  /** Task queue of the workflows. @default 'duvo' */
  taskQueue?: string;
  /** Task queue of the Duvo activities, for workers whose `DUVO_API_TASK_QUEUE` is another one. @default 'duvo-api' */
  apiTaskQueue?: string;
}

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

/** Options of a start that are no part of the input: the same business key attaches whatever they are. */
export interface StartOptions {
  priority?: StartPriority;
}

/** @throws InvalidInputError */
export function checkPriority(value: StartPriority): void {
  InvalidInputError.fromCheck(() => priority(value, 'priority'));
}
