/** How the headers are spelled: IETF drafts to 07, from 08, the older `x-` ones, or not at all. */
export type RateLimitHeaders = 'draft' | 'structured' | 'legacy' | 'none';

/** A fixed window of a minute, as the service counts. */
export class RateLimit {
  private windowEnds = 0;
  private used = 0;

  constructor(
    private readonly perMinute: number | undefined,
    private readonly spelling: RateLimitHeaders = 'draft',
  ) {}

  /** Counts a request. @returns the headers of its answer, and whether there are none left */
  take(now = Date.now()): { headers: Record<string, string>; isOver: boolean } {
    if (this.perMinute === undefined) return { headers: {}, isOver: false };
    if (now >= this.windowEnds) {
      this.windowEnds = now + 60_000;
      this.used = 0;
    }
    const isOver = ++this.used > this.perMinute;
    const seconds = Math.ceil((this.windowEnds - now) / 1000);
    const headers = this.spelled(Math.max(0, this.perMinute - this.used), seconds);
    return { isOver, headers: isOver ? { ...headers, 'retry-after': String(seconds) } : headers };
  }

  private spelled(remaining: number, seconds: number): Record<string, string> {
    const limit = String(this.perMinute);
    switch (this.spelling) {
      case 'draft':
        return {
          'ratelimit-limit': limit,
          'ratelimit-remaining': String(remaining),
          'ratelimit-reset': String(seconds),
        };
      case 'structured':
        return { 'ratelimit-policy': `"default";q=${limit};w=60`, ratelimit: `"default";r=${remaining};t=${seconds}` };
      case 'legacy':
        return {
          'x-ratelimit-limit': limit,
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': String(Math.ceil(this.windowEnds / 1000)),
        };
      case 'none':
        return {};
    }
  }
}
