import { formatSpan } from '../terminal/time';

/** Number of samples from which the rate is computed. One sample is taken each second. */
const MAX_SAMPLES = 60;
/** Minimum duration of the observation, in milliseconds. A shorter observation does not give a reliable rate. */
const MIN_OBSERVATION_MS = 5_000;

/** Estimates the remaining time of a batch from the rate at which items ended in the last minute. */
export class RateEstimate {
  private readonly samples: { atMs: number; done: number }[] = [];

  add(done: number, atMs = Date.now()): void {
    this.samples.push({ atMs, done });
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
  }

  /**
   * Formats the time until `left` items have ended; `undefined` when the rate is unknown or no item has ended in the
   * last minute.
   */
  formatTimeLeft(left: number): string | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || left <= 0) return undefined;
    const observedMs = last.atMs - first.atMs;
    const done = last.done - first.done;
    if (observedMs < MIN_OBSERVATION_MS || done <= 0) return undefined;
    return `about ${formatSpan((left * observedMs) / done)} left`;
  }
}
