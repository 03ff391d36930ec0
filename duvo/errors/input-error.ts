import type { OperationInfo } from '../model/operation';
import type { DuvoErrorFacts } from './duvo-error';
import { DuvoInvalidInputError } from './error-classes';

/** The error of a wrong option. */
export function optionError(field: string, what: string): DuvoInvalidInputError {
  return new DuvoInvalidInputError(
    { operation: 'DuvoClient', method: '', path: '', field, reached: 'no' },
    `the option ${field} ${what}`,
  );
}

/** The error of a bad argument. The argument's value is not shown. */
export function inputError(
  about: OperationInfo,
  field: string,
  what: string,
  reached: 'no' | 'maybe' = 'no',
): DuvoInvalidInputError {
  return new DuvoInvalidInputError({ ...notSentFacts(about), reached, field }, `the argument ${field} ${what}`);
}

export function notSentFacts({ name, method, path }: OperationInfo): DuvoErrorFacts {
  return { operation: name, method, path, reached: 'no' };
}

export function factsOf({ name, method, path }: OperationInfo): Pick<DuvoErrorFacts, 'operation' | 'method' | 'path'> {
  return { operation: name, method, path };
}

/** The code of a system error: `ENOENT`. */
export function systemErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
