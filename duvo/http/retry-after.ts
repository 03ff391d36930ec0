import type { IncomingHttpHeaders } from 'node:http';
import { parseDictionary, parseList } from 'structured-headers';
import { parseHttpDate } from './http-date';

/** A wait of more than a year is nonsense: better none. */
const MAX_RETRY_AFTER_MS = 366 * 24 * 3_600_000;

/** Numbers from here on are Unix seconds (2001), from {@link MIN_UNIX_MS} on Unix milliseconds; below, seconds from now. */
const MIN_UNIX_SECONDS = 1e9;
const MIN_UNIX_MS = 1e12;

/**
 * How long an answer asks to wait, in milliseconds: `Retry-After`; else, for a 429 and a 503, when the rate limit is
 * reset. A moment in time is relative to the answer's own `Date`, so that clocks which disagree do no harm.
 */
export function readRetryAfterMs(status: number, headers: IncomingHttpHeaders): number | undefined {
  const now = readServerTimeMs(headers) ?? Date.now();
  const waitMs = fromRetryAfter(headerText(headers, 'retry-after'), now);
  if (waitMs !== undefined) return waitMs;
  return status === 429 || status === 503 ? fromRateLimit(status, headers, now) : undefined;
}

/** The answer's `Date`, as Unix milliseconds. */
export function readServerTimeMs(headers: IncomingHttpHeaders): number | undefined {
  const date = headerText(headers, 'date');
  return date === undefined ? undefined : parseHttpDate(date);
}

let cachedDateHeader = '';
let cachedServerTime: string | undefined;

/** The answer's `Date`, as ISO 8601. Within a second it is the same text again, which need not be read again. */
export function readServerTime({ date }: IncomingHttpHeaders): string | undefined {
  if (date === undefined || date === cachedDateHeader) return date && cachedServerTime;
  const ms = readServerTimeMs({ date });
  cachedServerTime = ms === undefined ? undefined : new Date(ms).toISOString();
  cachedDateHeader = date;
  return cachedServerTime;
}

function fromRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return normalizeWaitMs(Number(value) * 1000);
  const at = parseHttpDate(value);
  return at === undefined ? undefined : normalizeWaitMs(at - now);
}

function fromRateLimit(status: number, headers: IncomingHttpHeaders, now: number): number | undefined {
  // A 503 has other reasons than the limit: while something remains, its reset says nothing.
  const remaining = parseNumber(
    headerText(headers, 'ratelimit-remaining') ?? headerText(headers, 'x-ratelimit-remaining'),
  );
  if (status !== 429 && remaining !== undefined && remaining > 0) return undefined;
  return (
    msUntilReset(parseNumber(headerText(headers, 'ratelimit-reset')), now) ??
    msUntilReset(parseStructuredReset(status, headerText(headers, 'ratelimit')), now) ??
    msUntilReset(parseNumber(headerText(headers, 'x-ratelimit-reset')), now)
  );
}

/** The IETF header counts seconds from now, the older one is a Unix time, and services mix them up: told by size. */
function msUntilReset(value: number | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (value >= MIN_UNIX_MS) return normalizeWaitMs(value - now);
  return normalizeWaitMs(value >= MIN_UNIX_SECONDS ? value * 1000 - now : value * 1000);
}

/** `limit=100, remaining=0, reset=30` (drafts to 07) or `"default";r=0;t=30, "daily";r=7;t=900` (drafts from 08). */
function parseStructuredReset(status: number, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const pairs = tryParse(() => parseDictionary(value));
  const reset: unknown = pairs?.get('reset')?.[0];
  if (typeof reset === 'number') {
    const remaining: unknown = pairs?.get('remaining')?.[0];
    return status !== 429 && typeof remaining === 'number' && remaining > 0 ? undefined : reset;
  }
  const exhausted: number[] = [];
  const others: number[] = [];
  for (const policy of tryParse(() => parseList(value)) ?? []) {
    const remaining: unknown = policy[1].get('r');
    const resetSeconds: unknown = policy[1].get('t');
    if (typeof resetSeconds === 'number') (remaining === 0 ? exhausted : others).push(resetSeconds);
  }
  if (exhausted.length > 0) return Math.max(...exhausted);
  return status === 429 && others.length > 0 ? Math.min(...others) : undefined;
}

function tryParse<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function parseNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function normalizeWaitMs(ms: number): number | undefined {
  return ms > MAX_RETRY_AFTER_MS ? undefined : Math.max(0, Math.ceil(ms));
}

/** Of a header that is sent twice, the first one counts; `RateLimit` is a list and may come in parts. */
function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (!Array.isArray(value)) return value?.trim();
  return name === 'ratelimit' ? value.join(', ') : value[0]?.trim();
}
