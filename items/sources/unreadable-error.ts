import { BatchSourceError, type SourceErrorKind } from '../errors/source-error';

/** System errors that a retry may change. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EIO', 'EBUSY', 'ESTALE', 'ETIMEDOUT']);

/** Turns an error of the file system or of the network into an error without secrets. */
export function toUnreadableError(name: string, error: unknown, kind: SourceErrorKind): BatchSourceError {
  const { code, cause } = error as { code?: string; cause?: { code?: string; message?: string } };
  for (const one of [error, cause]) if (one instanceof BatchSourceError) return one;
  // fetch refuses some ports with an error that has no code.
  const reason = code ?? cause?.code ?? (cause?.message === 'bad port' ? cause.message : undefined);
  if (reason === 'ENOENT') return new BatchSourceError(name, 'there is no such file', undefined, kind);
  if (reason === 'EISDIR') return new BatchSourceError(name, 'is a folder: give a file', undefined, kind);
  const problem = `cannot be read${typeof reason === 'string' ? ` (${reason})` : ''}`;
  return new BatchSourceError(name, problem, undefined, TRANSIENT_CODES.has(reason ?? '') ? 'interrupted' : kind);
}

/** Passes bytes on. An error of their stream becomes a `BatchSourceError`. */
export async function* withSourceErrors(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  kind: SourceErrorKind,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw toUnreadableError(name, error, kind);
  }
}
