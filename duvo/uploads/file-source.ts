import { type BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf } from '../errors/code-of';
import { DuvoTooLargeError } from '../errors/errors';
import type { DuvoError } from '../errors/error';
import { MAX_UPLOAD_BYTES } from '../http/limits';
import type { About } from '../operation';
import { inputError, nothingSent } from '../http/request';

const CHUNK_BYTES = 64 * 1024;

/** A file of this machine that is open to be sent, from its first byte and more than once if need be. */
export class FileSource {
  /** Why the file could not be read to its end. */
  failure: DuvoError | undefined;
  readonly name: string;
  readonly size: number;
  readonly #about: About;
  readonly #handle: FileHandle;
  readonly #seen: string;

  private constructor(about: About, path: string, handle: FileHandle, stats: BigIntStats) {
    this.name = basename(path);
    this.size = Number(stats.size);
    this.#about = about;
    this.#handle = handle;
    this.#seen = fingerprint(stats);
  }

  /** @throws DuvoInputError, DuvoTooLargeError: nothing was sent */
  static async open(about: About, path: string): Promise<FileSource> {
    const refuse = (error: unknown): never => {
      throw inputError(about, 'file', `names ${path}, which cannot be read: ${codeOf(error)}`);
    };
    // Looked at first: to open a pipe would wait for its other end.
    checkFile(about, path, await stat(path, { bigint: true }).catch(refuse));
    const handle = await open(path).catch(refuse);
    try {
      const stats = await handle.stat({ bigint: true });
      checkFile(about, path, stats);
      return new FileSource(about, path, handle, stats);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The content. It throws `failure`, before the last byte, when the file is no longer what it was. */
  async *read(): AsyncGenerator<Buffer> {
    try {
      for (let at = 0; at < this.size;) {
        const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.size - at));
        const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, at);
        at += bytesRead;
        const isLast = bytesRead === 0 || at === this.size;
        if (isLast && (at < this.size || (await this.#fingerprint()) !== this.#seen)) throw this.#changed();
        yield chunk.subarray(0, bytesRead);
      }
    } catch (error) {
      this.failure ??= this.#brokenOff(`could not be read to its end: ${codeOf(error)}`);
      throw this.failure;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #fingerprint(): Promise<string> {
    return fingerprint(await this.#handle.stat({ bigint: true }));
  }

  #changed(): DuvoError {
    this.failure = this.#brokenOff('changed while it was sent: send it when nobody writes to it');
    return this.failure;
  }

  /** Duvo may have seen a part, which without its end is no request. */
  #brokenOff(what: string): DuvoError {
    return inputError(this.#about, 'file', what, 'maybe');
  }
}

function checkFile(about: About, path: string, stats: BigIntStats): void {
  if (stats.isDirectory()) throw inputError(about, 'file', `names ${path}, which is a directory: send its files`);
  if (!stats.isFile()) throw inputError(about, 'file', `names ${path}, which is no regular file`);
  if (stats.size <= MAX_UPLOAD_BYTES) return;
  const note = `the argument file names ${path}, which has ${stats.size} bytes: at most ${MAX_UPLOAD_BYTES} can be sent`;
  throw new DuvoTooLargeError({ ...nothingSent(about), field: 'file' }, note);
}

function fingerprint({ size, mtimeNs }: BigIntStats): string {
  return `${size}:${mtimeNs}`;
}
