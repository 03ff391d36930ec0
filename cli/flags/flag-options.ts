import { Option } from 'commander';
import { parseDuration } from './parse-duration';
import { UsageError } from '../exit-codes';
import { parseInteger } from './parse-integer';

/** A flag whose value is checked while the command line is parsed, so that an invalid value is refused before any request. */
function parsedOption<T>(flags: string, description: string, parse: (text: string, flag: string) => T): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => parse(text, option.long ?? flags));
}

/** A flag with a duration; its value is in milliseconds. */
export const durationFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, parseDuration);

export const integerFlag = (flags: string, description: string, min: number, max?: number): Option =>
  parsedOption(flags, description, (text, flag) => parseInteger(flag, text, min, max));

/** A flag with a number between two limits. */
export const numberFlag = (
  flags: string,
  description: string,
  { exclusiveMin, min = exclusiveMin ?? 0, max }: { exclusiveMin?: number; min?: number; max: number },
): Option =>
  parsedOption(flags, description, (text, flag) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (value >= min && value <= max && value !== exclusiveMin) return value;
    throw new UsageError(
      `${flag} must be a number ${exclusiveMin === undefined ? `from ${min} to` : `above ${exclusiveMin}, up to`} ${max}`,
    );
  });

/** A flag with a text that is not blank. */
export const nonBlankFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, requireNonBlank);

function requireNonBlank(text: string, flag: string): string {
  if (text.trim() === '') throw new UsageError(`${flag} is blank: give a value`);
  return text;
}

/**
 * A flag with a duration that is kept as it was typed: two starts with one key compare the text. A batch's template may
 * have a placeholder in its place.
 */
export const deadlineFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, (text, flag) => {
    if (!text.includes('{{')) parseDuration(text, flag);
    return text;
  });
