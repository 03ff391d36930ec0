import { Option } from 'commander';
import { parseDuration } from './parse-duration';
import { UsageError } from '../exit-codes';
import { parseInteger } from './parse-integer';

/**
 * Creates a flag whose value is checked while the command line is parsed. So an invalid value is refused before any
 * request is sent.
 */
function parsedOption<T>(flags: string, description: string, parse: (text: string, flag: string) => T): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => parse(text, option.long ?? flags));
}

/** Creates a flag for a duration. The parsed value is in milliseconds. */
export const durationFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, parseDuration);

export const integerFlag = (flags: string, description: string, min: number, max?: number): Option =>
  parsedOption(flags, description, (text, flag) => parseInteger(flag, text, min, max));

/** Creates a flag for a number between a minimum and a maximum. */
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

/** Creates a flag for a text that must not be blank. */
export const nonBlankFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, requireNonBlank);

function requireNonBlank(text: string, flag: string): string {
  if (text.trim() === '') throw new UsageError(`${flag} is blank: give a value`);
  return text;
}

/**
 * Creates a flag for a duration whose text is kept unchanged, because two starts with the same key are compared by this
 * text. In the template of a batch, the text may be a placeholder.
 */
export const deadlineFlag = (flags: string, description: string): Option =>
  parsedOption(flags, description, (text, flag) => {
    if (!text.includes('{{')) parseDuration(text, flag);
    return text;
  });

/** The person who starts a workflow; the policy of a gate can exclude this person. */
export function startedByFlag(): Option {
  return nonBlankFlag('--started-by <name>', "the person who starts it; a gate's policy can exclude the starter");
}
