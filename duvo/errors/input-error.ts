import type { OperationInfo } from '../model/operation';
import type { DuvoErrorFacts } from './duvo-error';
import { DuvoInvalidInputError } from './error-classes';

/** Creates the error of a wrong client option. The value of the option is not shown. */
export function optionError(field: string, what: string): DuvoInvalidInputError {
  return new DuvoInvalidInputError(
    { operation: 'DuvoClient', method: '', path: '', field, reached: 'no' },
    `the option ${field} ${what}`,
  );
}

/** Creates the error of a wrong argument. The value of the argument is not shown. */
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

/** Returns the code of a system error, such as `ENOENT`. */
export function systemErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
