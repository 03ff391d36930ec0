import ms from 'ms';
import { UsageError } from '../exit-codes';

/** The durations that flags accept, for error messages and the help. */
export const DURATION_FORMAT = 'a number with a unit (ms, s, m, h, d or w), such as 30s, 5m or 36h';

/** Parses a duration such as `5m`. @returns milliseconds @throws UsageError */
export function parseDuration(text: string, flag: string): number {
  if (/^\d+$/.test(text))
    throw new UsageError(
      `${flag}: '${text}' has no unit: give ${['h', 'm', 's'].map((unit) => text + unit).join(', ')}, …`,
    );
  const parsed = /^\d+(\.\d+)?\s*(ms|[smhdw])$/i.test(text) ? ms(text) : undefined;
  if (parsed === undefined || Number.isNaN(parsed))
    throw new UsageError(`${flag}: '${text}' is not a duration: give ${DURATION_FORMAT}`);
  return parsed;
}
