/** Rate limit headers: `draft` (IETF drafts up to 07), `structured` (from draft 08), `legacy` (`x-` names) or none. */
export type RateLimitHeaderStyle = 'draft' | 'structured' | 'legacy' | 'none';

/** Counts requests in a fixed window of one minute, as the service does. */
export class RateLimit {
  private windowEndsAtMs = 0;
  private usedInWindow = 0;

  constructor(
    private readonly perMinute: number | undefined,
    private readonly headerStyle: RateLimitHeaderStyle = 'draft',
  ) {}

  /** Counts a request. @returns the headers of its response, and whether the request is over the limit */
  take(now = Date.now()): { headers: Record<string, string>; isOver: boolean } {
    if (this.perMinute === undefined) return { headers: {}, isOver: false };
    if (now >= this.windowEndsAtMs) {
      this.windowEndsAtMs = now + 60_000;
      this.usedInWindow = 0;
    }
    const isOver = ++this.usedInWindow > this.perMinute;
    const seconds = Math.ceil((this.windowEndsAtMs - now) / 1000);
    const headers = this.formatHeaders(Math.max(0, this.perMinute - this.usedInWindow), seconds);
    return { isOver, headers: isOver ? { ...headers, 'retry-after': String(seconds) } : headers };
  }

  private formatHeaders(remaining: number, seconds: number): Record<string, string> {
    const limit = String(this.perMinute);
    switch (this.headerStyle) {
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
          'x-ratelimit-reset': String(Math.ceil(this.windowEndsAtMs / 1000)),
        };
      case 'none':
        return {};
    }
  }
}
