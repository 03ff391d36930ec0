import { BatchSourceError } from '../errors/source-error';
import { AllowedHosts } from './allowed-hosts';
import { isRegularFile, openAllowedFile, openAnyFile } from './open-file';
import { openUrl, type UrlRequestOptions } from './open-url';
import type { SourceAccess } from './source-access';
import { type DeclaredFormat, formatFromPath } from './source-format';

/** A source of items: a path, an http or https URL, or bytes (with `format`). */
export type ItemSource = string | AsyncIterable<Uint8Array>;

/** An opened source: its bytes, and the format that its server or its name declares. */
export interface OpenedSource extends DeclaredFormat {
  /** Name for error messages: a URL is without user, password and query. */
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  /** Closes the source, also when it was not read to its end. Absent when the caller owns the bytes. */
  close?(): void;
}

export interface OpenSourceOptions extends Omit<UrlRequestOptions, 'allowedHosts'> {
  /** @default everything that this process can read */
  access?: SourceAccess;
}

export const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

/** Name of a source for error messages: a URL without user, password and query. */
export function redactedSourceName(source: string): string {
  if (!isUrl(source) || !URL.canParse(source)) return source;
  const { origin, pathname } = new URL(source);
  return `${origin}${pathname}`;
}

/** Opens a file, or an http or https URL. The caller's iteration reads the bytes. @throws BatchSourceError */
export async function openSource(
  source: string,
  { access, ...request }: OpenSourceOptions = {},
): Promise<OpenedSource> {
  const scheme = /^([a-z][a-z\d+.-]+):\/\//i.exec(source)?.[1];
  if (!isUrl(source) && scheme !== undefined)
    // The name leaves out the rest, which may hold a password.
    throw new BatchSourceError(
      `${scheme}://…`,
      `${scheme}:// is not supported: give a path, or an http or https URL`,
      undefined,
      'unreadable',
    );
  if (!isUrl(source)) {
    const file = access ? await openAllowedFile(source, access.roots, request.signal) : openAnyFile(source);
    return { name: source, ...formatFromPath(source), ...file };
  }
  if (!URL.canParse(source)) throw new BatchSourceError('the URL', 'is not valid', undefined, 'unreadable');
  const name = redactedSourceName(source);
  const allowedHosts = access && new AllowedHosts(access.hosts);
  return { name, ...(await openUrl(name, new URL(source), { ...request, allowedHosts })) };
}

/** Whether a source is a file that can be read again from its beginning. */
export async function isReadableTwice(source: ItemSource): Promise<boolean> {
  return typeof source === 'string' && !isUrl(source) && (await isRegularFile(source));
}
