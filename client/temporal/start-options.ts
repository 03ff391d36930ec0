import { priority, type StartPriority } from '../../contract/priority';
import { InvalidInputError } from '../errors';

export type { StartPriority };

/** The task queues that workflows are started on. */
export interface TaskQueueOptions {
  /** Task queue of the workflows. @default 'duvo' */
  taskQueue?: string;
  /** Task queue of the Duvo activities, for workers whose `DUVO_API_TASK_QUEUE` is another one. @default 'duvo-api' */
  apiTaskQueue?: string;
}

/** Options of a start beside the input. A start with the same business key attaches also when these differ. */
export interface StartOptions {
  priority?: StartPriority;
}

/** @throws InvalidInputError */
export function checkPriority(value: StartPriority): void {
  InvalidInputError.fromCheck(() => priority(value, 'priority'));
}
