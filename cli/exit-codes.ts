/** Exit codes of the command, as its help lists them. New codes may be added; the meaning of a code never changes. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  runDidNotComplete: 3,
  answerRefused: 4,
  notFound: 5,
  timeout: 6,
  cancelUnconfirmed: 7,
  /** 128 + SIGINT, as shells report an interrupted command. */
  interrupted: 130,
} as const;

export const EXIT_CODE_HELP = `
Exit codes:
  0    done
  1    the command failed (no connection, no server, …)
  2    wrong usage, or the input was refused
  3    the run or process did not complete, or not all items of the batch completed
  4    the answer to the gate was refused: it was invalid, not allowed, late or the second one
  5    the run, batch, process, schedule or gate does not exist, or Duvo does not know the id
  6    the time of --timeout passed
  7    the cancellation is not confirmed: what was cancelled may continue in Duvo
  130  interrupted by Ctrl-C; what the command started continues`;

interface ErrorLike {
  name?: string;
  type?: string;
  code?: string | number;
}

/**
 * Names of errors that the user can fix by other input. The list has only the project's own errors, because a library
 * may throw a `RangeError` for any reason.
 */
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
  'NothingToRedriveError',
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

/** Returns the exit code for an error, by the error's name. So a command only needs to throw. */
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

/** Thrown when the command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Thrown when a batch ended with items that did not complete. */
export class ItemsNotCompletedError extends Error {
  override readonly name = 'ItemsNotCompletedError';
}

/** Thrown when a workflow was cancelled, but its end was not observed. */
export class CancelUnconfirmedError extends Error {
  override readonly name = 'CancelUnconfirmedError';
}
