/** Exit codes, listed in the help. New codes may be added; a code keeps its meaning. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  runDidNotComplete: 3,
  answerRefused: 4,
  notFound: 5,
  timeout: 6,
  cancelUnconfirmed: 7,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export const EXIT_CODE_HELP = `
Exit codes:
  0    done
  1    the command failed (no connection, no server, …)
  2    wrong usage, or the input was refused
  3    the run or process did not complete, or not all items of the batch completed
  4    the answer to the gate was refused: it was invalid, late or the second one
  5    the run, batch, process, schedule or gate does not exist, or Duvo does not know the id
  6    the time of --timeout passed
  7    the cancellation is not confirmed: what was cancelled may continue in Duvo
  130  interrupted by Ctrl-C; what the command started continues`;

interface ErrorLike {
  name?: string;
  type?: string;
  code?: string | number;
}

/** Errors that another input would avoid. Only the project's own: a library's `RangeError` may mean anything. */
const USAGE_ERRORS: ReadonlySet<string> = new Set([
  'BatchItemError',
  'BatchSourceError',
  'DuvoInvalidInputError',
  'DuvoInvalidRequestError',
  'DuvoNotInDialectError',
  'DuvoTooLargeError',
  'InvalidInputError',
  'KeyConflictError',
  'ScheduleConflictError',
  'UsageError',
  'WorkflowConflictError',
]);

const NOT_FOUND_ERRORS: ReadonlySet<string> = new Set([
  'BatchNotFoundError',
  'DuvoNotFoundError',
  'ProcessNotFoundError',
  'RunNotFoundError',
  'ScheduleNotFoundError',
  'WorkflowNotFoundError',
]);

const INCOMPLETE_ERRORS: ReadonlySet<string> = new Set([
  'DuvoBatchError',
  'DuvoProcessError',
  'DuvoRunError',
  'ItemsNotCompletedError',
]);

/** Returns the exit code of an error, by the error's name, so that a command only throws. */
export function exitCodeOf(error: unknown): number {
  const { name = '', type, code } = (error ?? {}) as ErrorLike;
  if (String(code ?? '').startsWith('commander.')) return ExitCode.usage;
  if (INCOMPLETE_ERRORS.has(name)) return ExitCode.runDidNotComplete;
  if (USAGE_ERRORS.has(name) || type === 'Duvo.InvalidInput') return ExitCode.usage;
  if (NOT_FOUND_ERRORS.has(name) || type === 'Duvo.GateUnknown') return ExitCode.notFound;
  if (name === 'GateError') return ExitCode.answerRefused;
  if (name === 'CancelUnconfirmedError') return ExitCode.cancelUnconfirmed;
  if (name === 'WaitTimeoutError') return ExitCode.timeout;
  return ExitCode.failed;
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A batch ended with items that did not complete. */
export class ItemsNotCompletedError extends Error {
  override readonly name = 'ItemsNotCompletedError';
}

/** The cancelled thing was not seen to end. */
export class CancelUnconfirmedError extends Error {
  override readonly name = 'CancelUnconfirmedError';
}
