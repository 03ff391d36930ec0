import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { withFileSlot } from './file-slots';

/** The folders that a worker may read from. The file system is asked about a root only when that root may decide. */
export class AllowedRoots {
  private readonly real = new Map<string, Promise<string>>();

  constructor(
    private readonly path: string,
    private readonly roots: readonly string[],
    private readonly signal?: AbortSignal,
  ) {}

  /** Returns the root that an absolute path is in, as written or behind the links of the root. */
  async find(path: string): Promise<string | undefined> {
    const asWritten = this.roots.find((root) => isInside(root, path));
    return asWritten ?? this.findReal(path, this.roots);
  }

  /** Whether a path without links is in one of the roots. `folder` is the root that most likely decides. */
  async hasReal(path: string, folder: string): Promise<boolean> {
    return (await this.findReal(path, [folder])) !== undefined || (await this.findReal(path, this.roots)) !== undefined;
  }

  private async findReal(path: string, roots: readonly string[]): Promise<string | undefined> {
    const resolved = await Promise.all(roots.map(async (root) => ({ root, real: await this.resolveLinks(root) })));
    return resolved.find(({ real }) => isInside(real, path))?.root;
  }

  /** A root that cannot be resolved counts as written. */
  private resolveLinks(folder: string): Promise<string> {
    const known = this.real.get(folder);
    if (known) return known;
    const resolved = withFileSlot(this.path, () => realpath(folder), { folder, signal: this.signal }).catch(() => {
      this.signal?.throwIfAborted();
      return resolve(folder);
    });
    this.real.set(folder, resolved);
    return resolved;
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
