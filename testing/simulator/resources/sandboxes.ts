import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { Refusal } from '../refusal';

/** A file that was received; of its content there is the size and the hash. */
export interface SimulatedFile {
  path: string;
  size: number;
  sha256: string;
}

interface Sandbox {
  id: string;
  expiresAt: number;
  files: Map<string, SimulatedFile>;
}

interface Upload {
  sandboxId: string;
  path: string;
  token: string;
  expiresAt: number;
  received?: SimulatedFile;
}

const HOME = '/workspace';
const UPLOAD_SECONDS = 900;

/** The sandboxes, their files, and the URLs to put larger ones to. */
export class Sandboxes {
  private readonly sandboxes = new Map<string, Sandbox>();
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly lifetimeMs = 3_600_000) {}

  create(): Sandbox {
    const sandbox = {
      id: randomUUID(),
      expiresAt: Date.now() + this.lifetimeMs,
      files: new Map<string, SimulatedFile>(),
    };
    this.sandboxes.set(sandbox.id, sandbox);
    return sandbox;
  }

  /** @throws a 404 when there is none, or it has expired */
  find(id = ''): Sandbox {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox || Date.now() >= sandbox.expiresAt) throw new Refusal(404, 'sandbox_not_found');
    return sandbox;
  }

  /** From now on the sandbox does not exist. */
  expire(id: string): void {
    this.find(id).expiresAt = 0;
  }

  files(id: string): SimulatedFile[] {
    return [...(this.sandboxes.get(id)?.files.values() ?? [])];
  }

  put(sandboxId: string, file: SimulatedFile): SimulatedFile {
    const kept = { ...file, path: pathIn(file.path) };
    this.find(sandboxId).files.set(kept.path, kept);
    return kept;
  }

  /** What is directly in a directory. */
  list(id: string | undefined, directory: string): object[] {
    const base = pathIn(directory);
    const entries = new Map<string, object>();
    for (const { path, size } of this.find(id).files.values()) {
      const below = posix.relative(base, path);
      if (below === '' || below.startsWith('..')) continue;
      const [name = '', ...deeper] = below.split('/');
      const type = deeper.length > 0 ? 'dir' : 'file';
      entries.set(name, { name, path: posix.join(base, name), type, size_bytes: type === 'file' ? size : 0 });
    }
    return [...entries.values()];
  }

  /** Where a file is put to: a URL that is for this file alone. */
  addUpload(sandboxId: string | undefined, path: string): { target: string; path: string; seconds: number } {
    const { id } = this.find(sandboxId);
    const [uploadId, token] = [randomUUID(), randomUUID()];
    const full = pathIn(path);
    this.uploads.set(uploadId, { sandboxId: id, path: full, token, expiresAt: Date.now() + UPLOAD_SECONDS * 1000 });
    return { target: `/uploads/${uploadId}?token=${token}`, path: full, seconds: UPLOAD_SECONDS };
  }

  findUpload(id: string | undefined, token: string): Upload {
    const upload = this.uploads.get(id ?? '');
    if (!upload || upload.token !== token || Date.now() >= upload.expiresAt)
      throw new Refusal(403, 'upload_url_invalid');
    return upload;
  }

  /** @returns whether it is new: the same bytes once more are the same upload, other ones are refused */
  receive(upload: Upload, size: number, sha256: string): boolean {
    if (upload.received?.sha256 === sha256) return false;
    if (upload.received) throw new Refusal(403, 'upload_url_used');
    upload.received = this.put(upload.sandboxId, { path: upload.path, size, sha256 });
    return true;
  }
}

/** A path is in the sandbox's home unless it is absolute; it never climbs. */
function pathIn(path: string): string {
  if (path.split('/').includes('..')) throw new Refusal(422, 'validation_failed', [{ field: 'path', code: 'climbs' }]);
  return posix.resolve(HOME, path);
}
