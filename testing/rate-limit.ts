/** A fixed window of a minute, as the service counts. */
export class RateLimit {
  private windowEnds = 0;
  private used = 0;

  constructor(private readonly perMinute: number | undefined) {}

  /** Counts a request. @returns the headers of a refusal when there are none left */
  take(now = Date.now()): Record<string, string> | undefined {
    if (this.perMinute === undefined) return undefined;
    if (now >= this.windowEnds) {
      this.windowEnds = now + 60_000;
      this.used = 0;
    }
    if (++this.used <= this.perMinute) return undefined;
    const seconds = Math.ceil((this.windowEnds - now) / 1000);
    return {
      'retry-after': String(seconds),
      'ratelimit-limit': String(this.perMinute),
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(seconds),
    };
  }
}
