import type { IncomingHttpHeaders } from 'node:http';
import { Token } from 'structured-headers';
import type { OperationInfo } from '../model/operation';
import { parseHttpDate } from './headers/http-date';
import { parseLinks } from './headers/link-header';
import { parseStructuredItem } from './headers/structured-fields';

/** A path of the API that Duvo has marked as deprecated. Times are ISO 8601. */
export interface Deprecation {
  operation: string;
  method: string;
  /** Path template: `/v1/runs/{run_id}`. */
  path: string;
  /** Time, past or future, from which the path is deprecated. Absent when Duvo gives no time. */
  deprecatedAt?: string;
  /** Time at which Duvo removes the path (RFC 8594). */
  sunsetAt?: string;
  /** Page on which Duvo explains the deprecation. */
  link?: string;
  /** Number of responses that carried the notice. */
  count: number;
}

/** Collects the deprecation notices in the responses of a client, by method and path. */
export class DeprecationLog {
  readonly #known = new Map<string, Deprecation>();
  readonly #onDeprecation: ((deprecation: Deprecation) => void) | undefined;

  constructor(onDeprecation?: (deprecation: Deprecation) => void) {
    this.#onDeprecation = onDeprecation;
  }

  list(): Deprecation[] {
    return [...this.#known.values()].map((deprecation) => ({ ...deprecation }));
  }

  /** Records the notice of a response. A response without a notice costs only two property reads. */
  record({ name: operation, method, path }: OperationInfo, headers: IncomingHttpHeaders): void {
    const { deprecation, sunset } = headers;
    if (deprecation === undefined && sunset === undefined) return;
    const deprecationNotice = deprecation === undefined ? undefined : readDeprecation(first(deprecation));
    if (deprecationNotice === undefined && sunset === undefined) return;
    const notice = {
      ...deprecationNotice,
      ...readIsoTime('sunsetAt', first(sunset)),
      ...readLink([headers.link].flat().join(', ')),
    };
    const endpoint = `${method} ${path}`;
    const known = this.#known.get(endpoint);
    if (known) {
      Object.assign(known, notice, { count: known.count + 1 });
      return;
    }
    const found: Deprecation = { operation, method, path, ...notice, count: 1 };
    this.#known.set(endpoint, found);
    try {
      this.#onDeprecation?.({ ...found });
    } catch {
      // A failing logger must not fail the call.
    }
  }
}

/**
 * Reads a date such as `@1688169599` (RFC 9745), or the values of earlier drafts: a boolean or an HTTP date. Returns
 * `undefined` when the value says that the path is not deprecated. A value that cannot be read still is a notice.
 */
function readDeprecation(value: string): { deprecatedAt?: string } | undefined {
  const item = parseStructuredItem(value);
  if (item === false || (item instanceof Token && item.toString().toLowerCase() === 'false')) return undefined;
  if (item instanceof Date) return { deprecatedAt: item.toISOString() };
  return readIsoTime('deprecatedAt', value);
}

function readIsoTime<K extends string>(name: K, value: string): { [N in K]?: string } {
  const ms = parseHttpDate(value);
  return (ms === undefined ? {} : { [name]: new Date(ms).toISOString() }) as { [N in K]?: string };
}

/** Returns an http(s) address without its credentials, query and fragment, which could hold secrets. */
function readLink(header: string): { link?: string } {
  const link = parseLinks(header).find(({ relations }) => relations.some((one) => /^(deprecation|sunset)$/.test(one)));
  const target = link?.target ?? '';
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '') return {};
  return { link: url.origin + url.pathname };
}

function first(value: string | string[] | undefined): string {
  return ((Array.isArray(value) ? value[0] : value) ?? '').trim();
}
