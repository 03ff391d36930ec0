/** Exit codes, listed in the help; changed by addition only. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  runDidNotComplete: 3,
  answerRefused: 4,
  notFound: 5,
  timeout: 6,
  cancelUnconfirmed: 7,
} as const;

export const EXIT_CODE_HELP = `
Exit codes:
  0  done
  1  the command failed (no connection, no server, …)
  2  wrong usage, or an input that was refused
  3  the run ended without completing, or not all items of the batch completed
  4  the answer was refused: wrong, late or second
  5  there is no such run, batch, schedule or gate, or Duvo does not know what was asked for
  6  it was not done in the time given with --timeout
  7  a cancel that is not confirmed: what was cancelled may go on in Duvo`;

interface ErrorLike {
  name?: string;
  type?: string;
  code?: string | number;
}

/** Errors that another input would mend, all of them our own: a library's `RangeError` may mean anything. */
const USAGE_ERROR_NAMES: ReadonlySet<string> = new Set([
  'BatchItemError',
  'BatchSourceError',
  'DuvoNotInDialectError',
  'DuvoInvalidInputError',
  'DuvoInvalidRequestError',
  'DuvoTooLargeError',
  'RunInputDiffersError',
  'ScheduleConflictError',
  'UsageError',
  'WorkflowConflictError',
]);

/** The exit code of an error; by name, so that a command only throws. */
export function exitCodeOf(error: unknown): number {
  const { name, type, code } = (error ?? {}) as ErrorLike;
  if (String(code ?? '').startsWith('commander.')) return ExitCode.usage;
  if (name !== undefined && USAGE_ERROR_NAMES.has(name)) return ExitCode.usage;
  if (name === 'DuvoNotFoundError') return ExitCode.notFound;
  if (type === 'Duvo.InvalidInput') return ExitCode.usage;
  if (name === 'RunNotFoundError' || name === 'ScheduleNotFoundError' || type === 'Duvo.GateUnknown')
    return ExitCode.notFound;
  if (name === 'GateError') return ExitCode.answerRefused;
  if (name === 'DuvoRunError' || name === 'ItemsLeftError') return ExitCode.runDidNotComplete;
  if (name === 'CancelUnconfirmedError') return ExitCode.cancelUnconfirmed;
  if (name === 'WaitTimeoutError') return ExitCode.timeout;
  return ExitCode.failed;
}

/** What is wrong with what was typed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A batch that has ended, with items that did not complete. */
export class ItemsNotCompletedError extends Error {
  override readonly name = 'ItemsLeftError';
}

/** What was cancelled was not seen to end. */
export class CancelUnconfirmedError extends Error {
  override readonly name = 'CancelUnconfirmedError';
}
