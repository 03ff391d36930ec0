import { Option } from 'commander';
import { duration } from './durations';
import { UsageError } from '../exit-codes';
import { wholeNumber } from './whole-number';

/** Flags whose values are read while the line is parsed: what is wrong with one is said before anything is sent. */
function readBy<T>(flags: string, description: string, read: (text: string, flag: string) => T): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => read(text, option.long ?? flags));
}

/** A duration, in milliseconds. */
export const durationFlag = (flags: string, description: string): Option => readBy(flags, description, duration);

export const wholeFlag = (flags: string, description: string, min: number, max?: number): Option =>
  readBy(flags, description, (text, flag) => wholeNumber(flag, text, min, max));

/** A number of a range. */
export const numberFlag = (
  flags: string,
  description: string,
  { above, from = above ?? 0, to }: { above?: number; from?: number; to: number },
): Option =>
  readBy(flags, description, (text, flag) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (value >= from && value <= to && value !== above) return value;
    throw new UsageError(
      `${flag} must be a number ${above === undefined ? `from ${from} to` : `above ${above}, up to`} ${to}`,
    );
  });

/** A text that says something. */
export const textFlag = (flags: string, description: string): Option => readBy(flags, description, notBlank);

function notBlank(text: string, flag: string): string {
  if (text.trim() === '') throw new UsageError(`${flag} is blank`);
  return text;
}

/**
 * A deadline: kept as it was typed, which is what the same key is compared by. In a template an item's field may stand
 * for it.
 */
export const deadlineFlag = (flags: string, description: string): Option =>
  readBy(flags, description, (text, flag) => {
    if (!text.includes('{{')) duration(text, flag);
    return text;
  });
