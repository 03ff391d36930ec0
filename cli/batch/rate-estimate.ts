import { formatSpan } from '../terminal/time';

/** The number of samples that the rate is computed from; one sample a second. */
const MAX_SAMPLES = 60;
/** A shorter observation says nothing about the rate, in milliseconds. */
const MIN_OBSERVATION_MS = 5_000;

/** Estimates the time until a batch ends from the rate of the last minute. */
export class RateEstimate {
  private readonly samples: { atMs: number; done: number }[] = [];

  add(done: number, atMs = Date.now()): void {
    this.samples.push({ atMs, done });
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
  }

  /** Returns nothing when the rate is not known, or when no item ended lately. */
  formatTimeLeft(left: number): string | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || left <= 0) return undefined;
    const observedMs = last.atMs - first.atMs;
    const done = last.done - first.done;
    if (observedMs < MIN_OBSERVATION_MS || done <= 0) return undefined;
    return `about ${formatSpan((left * observedMs) / done)} left`;
  }
}
