import { DuvoInvalidInputError } from './error-classes';

/** The error of a wrong option. */
export function optionError(field: string, what: string): DuvoInvalidInputError {
  return new DuvoInvalidInputError(
    { operation: 'DuvoClient', method: '', path: '', field, reached: 'no' },
    `the option ${field} ${what}`,
  );
}
