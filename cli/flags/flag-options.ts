import { Option } from 'commander';
import { parseDuration } from './parse-duration';
import { UsageError } from '../exit-codes';
import { parseInteger } from './parse-integer';

/** Flags whose values are read while the line is parsed: what is wrong with one is said before anything is sent. */
function parsedOption<T>(flags: string, description: string, parse: (text: string, flag: string) => T): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => parse(text, option.long ?? flags));
}

/** A duration, in milliseconds. */
export const durationFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, parseDuration);

export const integerFlag = (flags: string, description: string, min: number, max?: number): Option =>
  parsedOption(flags, description, (text, flag) => parseInteger(flag, text, min, max));

/** A number of a range. */
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

/** A text that says something. */
export const nonBlankFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, requireNonBlank);

function requireNonBlank(text: string, flag: string): string {
  if (text.trim() === '') throw new UsageError(`${flag} is blank`);
  return text;
}

/**
 * A deadline: kept as it was typed, which is what the same key is compared by. In a template an item's field may stand
 * for it.
 */
export const deadlineFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, (text, flag) => {
    if (!text.includes('{{')) parseDuration(text, flag);
    return text;
  });
