import type { IncomingHttpHeaders } from 'node:http';
import type { OperationInfo } from '../model/operation';
import { parseHttpDate } from './http-date';

/** A path of the API that Duvo wants to give up. Times are ISO 8601. */
export interface Deprecation {
  operation: string;
  method: string;
  /** The template: `/v1/runs/{run_id}`. */
  path: string;
  /** Since when, or from when on. Absent when Duvo only says that it is. */
  deprecatedAt?: string;
  /** When it is gone (RFC 8594). */
  sunsetAt?: string;
  /** Where Duvo explains it. */
  link?: string;
  /** Answers that said so. */
  count: number;
}

/** What the answers of a client said of deprecation, by method and path. */
export class DeprecationLog {
  readonly #known = new Map<string, Deprecation>();
  readonly #onDeprecation: ((deprecation: Deprecation) => void) | undefined;

  constructor(onFirst?: (deprecation: Deprecation) => void) {
    this.#onDeprecation = onFirst;
  }

  list(): Deprecation[] {
    return [...this.#known.values()].map((one) => ({ ...one }));
  }

  /** Notes what an answer says, if it says anything. Costs two look-ups when it does not. */
  record({ name: operation, method, path }: OperationInfo, headers: IncomingHttpHeaders): void {
    const { deprecation, sunset } = headers;
    if (deprecation === undefined && sunset === undefined) return;
    const isDeprecated = deprecation !== undefined && !/^(false|\?0)$/i.test(first(deprecation) ?? '');
    if (!isDeprecated && sunset === undefined) return;
    const notice = {
      ...(isDeprecated && readDeprecatedAt(first(deprecation))),
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
      // A logger's fault is not the call's.
    }
  }
}

/** `@1688169599` (RFC 9745), an HTTP date or `true` (the drafts before it). */
function readDeprecatedAt(value: string | undefined): { deprecatedAt?: string } {
  const unix = /^@(-?\d{1,11})$/.exec(value ?? '')?.[1];
  if (unix === undefined) return readIsoTime('deprecatedAt', value);
  return { deprecatedAt: new Date(Number(unix) * 1000).toISOString() };
}

function readIsoTime<K extends string>(name: K, value: string | undefined): { [N in K]?: string } {
  const ms = value === undefined ? undefined : parseHttpDate(value);
  return (ms === undefined ? {} : { [name]: new Date(ms).toISOString() }) as { [N in K]?: string };
}

const LINK = /<([^<>]{1,500})>\s*;[^,]*\brel\s*=\s*"?(?:deprecation|sunset)\b/i;

/** Only an http(s) address that shows nothing but where it leads. */
function readLink(value: string | undefined): { link?: string } {
  const target = LINK.exec(value ?? '')?.[1] ?? '';
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '') return {};
  return { link: url.origin + url.pathname };
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim();
}
