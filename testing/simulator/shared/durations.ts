import ms from 'ms';

/** Converts a duration (a number of milliseconds, or a string such as `'2s'`) to milliseconds. */
export function toMilliseconds(duration: number | string): number {
  const milliseconds = typeof duration === 'number' ? duration : ms(duration);
  if (milliseconds >= 0) return milliseconds;
  throw new Error(
    `simulator: ${JSON.stringify(duration)} is not a duration: use milliseconds, or a number with a unit such as '2s'`,
  );
}
