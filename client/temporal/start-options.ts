import { priority, type StartPriority } from '../../contract/priority';
import { MAX_PERSON_BYTES } from '../../contract/gates/gate-policy';
import { nonEmptyString, upToBytes } from '../../contract/input-checks';
import { MemoKeys } from '../../contract/names';
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
  /**
   * The person who starts the workflow, as the identity provider names them. A gate's policy can exclude this person
   * (`exclude: ['starter']`), and child workflows inherit the name. At most 200 bytes. @default not known
   */
  startedBy?: string;
}

const person = upToBytes(nonEmptyString, MAX_PERSON_BYTES);

/** Returns the field of the memo that names the starter. @throws InvalidInputError */
export function startedByMemo({ startedBy }: Pick<StartOptions, 'startedBy'>): { [MemoKeys.startedBy]?: string } {
  if (startedBy === undefined) return {};
  InvalidInputError.fromCheck(() => person(startedBy, 'startedBy'));
  return { [MemoKeys.startedBy]: startedBy };
}

/** @throws InvalidInputError */
export function checkPriority(value: StartPriority): void {
  InvalidInputError.fromCheck(() => priority(value, 'priority'));
}
