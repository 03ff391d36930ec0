import type { IncomingHttpHeaders } from 'node:http';
import { parseDictionary, parseList } from 'structured-headers';
import { parseHttpDate } from './http-date';

/** A wait of more than a year is nonsense: better none. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** Numbers from here on are Unix seconds (2001), from {@link UNIX_MS} on Unix milliseconds; below, seconds from now. */
const UNIX_S = 1e9;
const UNIX_MS = 1e12;

/**
 * How long an answer asks to wait, in milliseconds: `Retry-After`; else, for a 429 and a 503, when the rate limit is
 * reset. A moment in time is relative to the answer's own `Date`, so that clocks which disagree do no harm.
 */
export function retryAfterMs(status: number, headers: IncomingHttpHeaders): number | undefined {
  const now = serverTimeMs(headers) ?? Date.now();
  const asked = fromRetryAfter(text(headers, 'retry-after'), now);
  if (asked !== undefined) return asked;
  return status === 429 || status === 503 ? fromRateLimit(status, headers, now) : undefined;
}

/** The answer's `Date`, as Unix milliseconds. */
export function serverTimeMs(headers: IncomingHttpHeaders): number | undefined {
  const date = text(headers, 'date');
  return date === undefined ? undefined : parseHttpDate(date);
}

let lastDate = '';
let lastTime: string | undefined;

/** The answer's `Date`, as ISO 8601. Within a second it is the same text again, which need not be read again. */
export function serverTime({ date }: IncomingHttpHeaders): string | undefined {
  if (date === undefined || date === lastDate) return date && lastTime;
  const ms = serverTimeMs({ date });
  lastTime = ms === undefined ? undefined : new Date(ms).toISOString();
  lastDate = date;
  return lastTime;
}

function fromRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return sane(Number(value) * 1000);
  const at = parseHttpDate(value);
  return at === undefined ? undefined : sane(at - now);
}

function fromRateLimit(status: number, headers: IncomingHttpHeaders, now: number): number | undefined {
  // A 503 has other reasons than the limit: while something remains, its reset says nothing.
  const remaining = number(text(headers, 'ratelimit-remaining') ?? text(headers, 'x-ratelimit-remaining'));
  if (status !== 429 && remaining !== undefined && remaining > 0) return undefined;
  return (
    untilReset(number(text(headers, 'ratelimit-reset')), now) ??
    untilReset(structuredReset(status, text(headers, 'ratelimit')), now) ??
    untilReset(number(text(headers, 'x-ratelimit-reset')), now)
  );
}

/** The IETF header counts seconds from now, the older one is a Unix time, and services mix them up: told by size. */
function untilReset(value: number | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (value >= UNIX_MS) return sane(value - now);
  return sane(value >= UNIX_S ? value * 1000 - now : value * 1000);
}

/** `limit=100, remaining=0, reset=30` (drafts to 07) or `"default";r=0;t=30, "daily";r=7;t=900` (drafts from 08). */
function structuredReset(status: number, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const pairs = attempt(() => parseDictionary(value));
  const reset: unknown = pairs?.get('reset')?.[0];
  if (typeof reset === 'number') {
    const remaining: unknown = pairs?.get('remaining')?.[0];
    return status !== 429 && typeof remaining === 'number' && remaining > 0 ? undefined : reset;
  }
  const exhausted: number[] = [];
  const others: number[] = [];
  for (const policy of attempt(() => parseList(value)) ?? []) {
    const remaining: unknown = policy[1].get('r');
    const until: unknown = policy[1].get('t');
    if (typeof until === 'number') (remaining === 0 ? exhausted : others).push(until);
  }
  if (exhausted.length > 0) return Math.max(...exhausted);
  return status === 429 && others.length > 0 ? Math.min(...others) : undefined;
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function number(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function sane(ms: number): number | undefined {
  return ms > LONGEST_MS ? undefined : Math.max(0, Math.ceil(ms));
}

/** Of a header that is sent twice, the first one counts; `RateLimit` is a list and may come in parts. */
function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (!Array.isArray(value)) return value?.trim();
  return name === 'ratelimit' ? value.join(', ') : value[0]?.trim();
}
