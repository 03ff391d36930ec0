import ms from 'ms';

/** Of a number of milliseconds, or a string such as `'2s'`. */
export function toMilliseconds(duration: number | string): number {
  const milliseconds = typeof duration === 'number' ? duration : ms(duration);
  if (milliseconds >= 0) return milliseconds;
  throw new Error(`simulator: not a duration: use milliseconds, or a number with its unit, as '2s'`);
}
