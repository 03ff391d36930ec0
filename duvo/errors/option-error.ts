import { DuvoInputError } from './error-classes';

/** The error of a wrong option. */
export function optionError(field: string, what: string): DuvoInputError {
  return new DuvoInputError(
    { operation: 'DuvoClient', method: '', path: '', field, reached: 'no' },
    `the option ${field} ${what}`,
  );
}
