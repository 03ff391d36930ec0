import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date';
import { parseStructuredDictionary, parseStructuredItem, parseStructuredList } from './structured-fields';

/** A longer wait than a year is treated as an error of the server and ignored. */
const MAX_RETRY_AFTER_MS = 366 * 24 * 3_600_000;

/** A number from here on (year 2001) is a Unix time in seconds, from {@link MIN_UNIX_MS} on in milliseconds; a smaller one counts seconds from now. */
const MIN_UNIX_SECONDS = 1e9;
const MIN_UNIX_MS = 1e12;

/**
 * Returns the wait that a response asks for, in milliseconds: from `Retry-After`; else, for a 429 or a 503, the time until the
 * rate limit is reset. A point in time is compared with the `Date` of the response, so that different clocks do no harm.
 */
export function readRetryAfterMs(status: number, headers: IncomingHttpHeaders): number | undefined {
  const now = readServerTimeMs(headers) ?? Date.now();
  const waitMs = fromRetryAfter(headerText(headers, 'retry-after'), now);
  if (waitMs !== undefined) return waitMs;
  return status === 429 || status === 503 ? fromRateLimit(status, headers, now) : undefined;
}

/** Returns the `Date` of a response as Unix milliseconds. */
export function readServerTimeMs(headers: IncomingHttpHeaders): number | undefined {
  const date = headerText(headers, 'date');
  return date === undefined ? undefined : parseHttpDate(date);
}

let cachedDateHeader = '';
let cachedServerTime: string | undefined;

/** Returns the `Date` of a response as ISO 8601. The last value is cached, since all responses of one second have the same text. */
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
  // A 503 can have other causes than the rate limit: while requests remain, the reset time does not matter.
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

/** The IETF header counts seconds from now, and the older header is a Unix time. Services mix them up, so the size of the number decides. */
function msUntilReset(value: number | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (value >= MIN_UNIX_MS) return normalizeWaitMs(value - now);
  return normalizeWaitMs(value >= MIN_UNIX_SECONDS ? value * 1000 - now : value * 1000);
}

/** Reads `limit=100, remaining=0, reset=30` (drafts up to 07) or `"default";r=0;t=30, "daily";r=7;t=900` (drafts from 08). */
function parseStructuredReset(status: number, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const pairs = parseStructuredDictionary(value);
  const reset = pairs?.get('reset')?.[0];
  if (typeof reset === 'number') {
    const remaining = pairs?.get('remaining')?.[0];
    return status !== 429 && typeof remaining === 'number' && remaining > 0 ? undefined : reset;
  }
  const exhausted: number[] = [];
  const others: number[] = [];
  for (const policy of parseStructuredList(value) ?? []) {
    const remaining = policy[1].get('r');
    const resetSeconds = policy[1].get('t');
    if (typeof resetSeconds === 'number') (remaining === 0 ? exhausted : others).push(resetSeconds);
  }
  if (exhausted.length > 0) return Math.max(...exhausted);
  return status === 429 && others.length > 0 ? Math.min(...others) : undefined;
}

/** Reads a structured number, such as `50` or `50;w=60`. The older headers may have more decimals than a structured number. */
function parseNumber(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const item = parseStructuredItem(value);
  return typeof item === 'number' && item >= 0 ? item : undefined;
}

function normalizeWaitMs(ms: number): number | undefined {
  return ms > MAX_RETRY_AFTER_MS ? undefined : Math.max(0, Math.ceil(ms));
}

/** Returns the first value of a header that is sent twice. `RateLimit` is a list, so its values are joined. */
function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (!Array.isArray(value)) return value?.trim();
  return name === 'ratelimit' ? value.join(', ') : value[0]?.trim();
}
