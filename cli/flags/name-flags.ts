import { InvalidInputError } from '../../client';
import { UsageError } from '../exit-codes';
import { locateField } from './locate-field';

/** Where a command got a field of an input from. The longest matching field decides. */
export interface FieldOrigin {
  /** Path of a field, as `gate.due` or `cron[0]`. It stands for everything in the field; `''` is the whole input. */
  field: string;
  /** The flag that sets the field; the error of a file that is an argument has none. */
  flag?: string;
  /** The value as the person gave it. Absent for texts that may be private, such as messages. */
  value?: string;
  /** The file that holds the field. Its content has the field's own fields at its top. */
  file?: string;
}

/**
 * Runs `work`. When an input is refused, the error names the flag, or the file with line and column, that the person
 * gave, in place of the field that the flag stands for.
 *
 * @throws UsageError in place of an InvalidInputError
 */
export async function withFlagNames<T>(origins: FieldOrigin[], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InvalidInputError ? nameOrigin(error, origins) : error;
  }
}

/** The synchronous form of {@link withFlagNames}. */
export function checkWithFlagNames<T>(origins: FieldOrigin[], check: () => T): T {
  try {
    return InvalidInputError.fromCheck(check);
  } catch (error) {
    throw error instanceof InvalidInputError ? nameOrigin(error, origins) : error;
  }
}

function nameOrigin(error: InvalidInputError, origins: FieldOrigin[]): Error {
  const { field } = error;
  const [origin] = origins
    .filter((one) => isWithin(field, one.field))
    .sort((one, other) => other.field.length - one.field.length);
  if (!origin) return error;
  const { flag, value, file } = origin;
  // A problem may compare the field with another one, which the person gave by a flag, too.
  const problem =
    file === undefined && flag?.startsWith('--')
      ? error.problem.replace(/\b(than|after|before|with) (every|start|from|key)\b/, '$1 --$2')
      : error.problem;
  const inner = field.slice(origin.field.length).replace(/^\./, '');
  const subject = flag === undefined ? [] : [flag];
  if (file !== undefined) subject.push(`${file}${locateField(file, inner)}`);
  if (value !== undefined && inner !== '') subject.push(`'${value}'`);
  const quoted = value !== undefined && inner === '' && !problem.startsWith('is missing') ? `'${value}'` : inner;
  return new UsageError([...subject, `${quoted} ${problem}`.trim()].join(': '));
}

function isWithin(field: string, parent: string): boolean {
  return parent === '' || field === parent || field.startsWith(`${parent}.`) || field.startsWith(`${parent}[`);
}

/** Creates the origins of fields that flags set. `values` holds the flags' values; a private value is `true`. */
export function flagOrigins(fields: Record<string, [flag: string, value?: string | number | true]>): FieldOrigin[] {
  return Object.entries(fields).map(([field, [flag, value]]) => ({
    field,
    flag,
    ...(value !== undefined && value !== true && { value: String(value) }),
  }));
}
