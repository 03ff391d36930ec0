import { type BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DuvoError } from '../errors/duvo-error';
import { DuvoTooLargeError } from '../errors/error-classes';
import { inputError, notSentFacts, systemErrorCode } from '../errors/input-error';
import { MAX_UPLOAD_BYTES } from '../model/limits';
import type { OperationInfo } from '../model/operation';

const CHUNK_BYTES = 64 * 1024;

/** An open local file that can be read from its first byte several times, because a request may be sent again. */
export class FileSource {
  /** The error that stopped the last read; `undefined` when there was none. */
  failure: DuvoError | undefined;
  readonly name: string;
  readonly size: number;
  readonly #about: OperationInfo;
  readonly #handle: FileHandle;
  readonly #initialFingerprint: string;

  private constructor(about: OperationInfo, path: string, handle: FileHandle, stats: BigIntStats) {
    this.name = basename(path);
    this.size = Number(stats.size);
    this.#about = about;
    this.#handle = handle;
    this.#initialFingerprint = fingerprint(stats);
  }

  /** @throws DuvoInvalidInputError, DuvoTooLargeError before anything is sent */
  static async open(about: OperationInfo, path: string): Promise<FileSource> {
    const throwUnreadable = (error: unknown): never => {
      throw inputError(about, 'file', `names ${path}, which cannot be read: ${systemErrorCode(error)}`);
    };
    // The type is checked before the file is opened, because opening a pipe would wait for its other end.
    checkFile(about, path, await stat(path, { bigint: true }).catch(throwUnreadable));
    const handle = await open(path).catch(throwUnreadable);
    try {
      const stats = await handle.stat({ bigint: true });
      checkFile(about, path, stats);
      return new FileSource(about, path, handle, stats);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Reads the content. A file that has changed since it was opened throws `failure` before the last byte is sent. */
  async *read(): AsyncGenerator<Buffer> {
    try {
      for (let position = 0; position < this.size;) {
        const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.size - position));
        const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, position);
        position += bytesRead;
        const isLast = bytesRead === 0 || position === this.size;
        if (isLast && (position < this.size || (await this.#fingerprint()) !== this.#initialFingerprint))
          throw this.#changedError();
        yield chunk.subarray(0, bytesRead);
      }
    } catch (error) {
      this.failure ??= this.#readError(`could not be read to its end: ${systemErrorCode(error)}`);
      throw this.failure;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #fingerprint(): Promise<string> {
    return fingerprint(await this.#handle.stat({ bigint: true }));
  }

  #changedError(): DuvoError {
    this.failure = this.#readError('changed while it was sent: send the file when no program writes to it');
    return this.failure;
  }

  /** Duvo may have received a part of the request. `maybe` is the honest answer, although an incomplete request has no effect. */
  #readError(what: string): DuvoError {
    return inputError(this.#about, 'file', what, 'maybe');
  }
}

function checkFile(about: OperationInfo, path: string, stats: BigIntStats): void {
  if (stats.isDirectory()) throw inputError(about, 'file', `names ${path}, which is a directory: send its files`);
  if (!stats.isFile()) throw inputError(about, 'file', `names ${path}, which is not a regular file`);
  if (stats.size <= MAX_UPLOAD_BYTES) return;
  const note = `the argument file names ${path}, which has ${stats.size} bytes: the limit is ${MAX_UPLOAD_BYTES}`;
  throw new DuvoTooLargeError({ ...notSentFacts(about), field: 'file' }, note);
}

function fingerprint({ size, mtimeNs }: BigIntStats): string {
  return `${size}:${mtimeNs}`;
}
