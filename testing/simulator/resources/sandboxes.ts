import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { Refusal } from '../shared/refusal';

/** Size and hash of bytes that the simulator received. It does not keep the bytes. */
export interface ReceivedBytes {
  size: number;
  sha256: string;
}

/** A file of a sandbox. */
export interface SimulatedFile extends ReceivedBytes {
  path: string;
}

interface Sandbox {
  id: string;
  expiresAt: number;
  files: Map<string, SimulatedFile>;
}

interface PendingUpload {
  sandboxId: string;
  path: string;
  token: string;
  expiresAtMs: number;
  received?: SimulatedFile;
}

const SANDBOX_HOME = '/workspace';
const UPLOAD_URL_LIFETIME_SECONDS = 900;

/** The sandboxes, their files, and the upload URLs for larger files. */
export class Sandboxes {
  private readonly sandboxes = new Map<string, Sandbox>();
  private readonly uploads = new Map<string, PendingUpload>();

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

  /** @throws Refusal with status 404 when the sandbox does not exist or has expired */
  find(id = ''): Sandbox {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox || Date.now() >= sandbox.expiresAt) throw new Refusal(404, 'sandbox_not_found');
    return sandbox;
  }

  expire(id: string): void {
    this.find(id).expiresAt = 0;
  }

  allFiles(id: string): SimulatedFile[] {
    return [...(this.sandboxes.get(id)?.files.values() ?? [])];
  }

  putFile(sandboxId: string, file: SimulatedFile): SimulatedFile {
    const stored = { ...file, path: resolveSandboxPath(file.path) };
    this.find(sandboxId).files.set(stored.path, stored);
    return stored;
  }

  /** Lists the files and folders directly in a directory. */
  listDirectory(id: string | undefined, directory: string): object[] {
    const base = resolveSandboxPath(directory);
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

  /** Creates an upload URL, which accepts one file. */
  createUploadUrl(sandboxId: string | undefined, path: string): { target: string; path: string; seconds: number } {
    const { id } = this.find(sandboxId);
    const [uploadId, token] = [randomUUID(), randomUUID()];
    const absolutePath = resolveSandboxPath(path);
    this.uploads.set(uploadId, {
      sandboxId: id,
      path: absolutePath,
      token,
      expiresAtMs: Date.now() + UPLOAD_URL_LIFETIME_SECONDS * 1000,
    });
    return { target: `/uploads/${uploadId}?token=${token}`, path: absolutePath, seconds: UPLOAD_URL_LIFETIME_SECONDS };
  }

  findUpload(id: string | undefined, token: string): PendingUpload {
    const upload = this.uploads.get(id ?? '');
    if (!upload || upload.token !== token || Date.now() >= upload.expiresAtMs)
      throw new Refusal(403, 'upload_url_invalid');
    return upload;
  }

  /**
   * Stores an upload. @returns false when the same bytes were uploaded before
   * @throws Refusal when other bytes were uploaded before
   */
  receiveUpload(upload: PendingUpload, size: number, sha256: string): boolean {
    if (upload.received?.sha256 === sha256) return false;
    if (upload.received) throw new Refusal(403, 'upload_url_used');
    upload.received = this.putFile(upload.sandboxId, { path: upload.path, size, sha256 });
    return true;
  }
}

/** Resolves a path against the sandbox's home. @throws Refusal when the path contains `..` */
function resolveSandboxPath(path: string): string {
  if (path.split('/').includes('..')) throw new Refusal(422, 'validation_failed', [{ field: 'path', code: 'climbs' }]);
  return posix.resolve(SANDBOX_HOME, path);
}
