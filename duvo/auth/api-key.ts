import { readFileSync, type BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { optionError, systemErrorCode } from '../errors/input-error';
import type { Credentials } from '../http/credentials';

/** Exactly one of the two is required. */
export interface ApiKeyOptions {
  /** The API key. Surrounding white space is removed. */
  apiKey?: string;
  /**
   * Path of a file that holds only the key. The constructor reads the file, and the client reads it again after each
   * change. While a changed file is missing or holds no key, the client keeps the last key.
   */
  apiKeyFile?: string;
}

/** The characters that an HTTP header can carry. */
const API_KEY_PATTERN = /^[\x21-\x7e]{1,4096}$/;

const SCOPE_HINT = 'the key';

/** @throws DuvoInvalidInputError when there is no usable key. The error names the option or the file, never the key. */
export function apiKeyCredentials({ apiKey, apiKeyFile }: ApiKeyOptions): Credentials {
  return apiKeyFile === undefined ? staticKeyCredentials(apiKey ?? '') : new KeyFileCredentials(apiKeyFile);
}

function staticKeyCredentials(apiKey: string): Credentials {
  const key = apiKey.trim();
  if (!API_KEY_PATTERN.test(key))
    throw optionError('apiKey', 'is empty, or holds characters that a header cannot carry: check DUVO_API_KEY');
  const hint = 'check DUVO_API_KEY';
  return { current: () => key, renew: () => Promise.resolve(undefined), hint, scopeHint: SCOPE_HINT };
}

/**
 * The key of a mounted secret. Before each request, the file is checked for a change by its metadata, and read when it has
 * changed. A file that is being replaced can be missing or empty for a moment: the last key stays in use until then.
 */
class KeyFileCredentials implements Credentials {
  readonly hint: string;
  readonly scopeHint = SCOPE_HINT;
  readonly #path: string;
  #key: string;
  #lastFingerprint: string | undefined;

  constructor(path: string) {
    this.#path = path;
    this.hint = `check the key in the file ${path}`;
    let content: string;
    try {
      content = readFileSync(path, 'utf8');
    } catch (error) {
      throw optionError(
        'apiKeyFile',
        `names the file ${path}, which cannot be read: ${systemErrorCode(error)}: check DUVO_API_KEY_FILE`,
      );
    }
    this.#key = content.trim();
    if (!API_KEY_PATTERN.test(this.#key))
      throw optionError('apiKeyFile', `names the file ${path}, which does not hold one key: check DUVO_API_KEY_FILE`);
  }

  async current(): Promise<string> {
    const current = await stat(this.#path, { bigint: true }).then(fingerprint, () => undefined);
    if (current === undefined || current === this.#lastFingerprint) return this.#key;
    // The fingerprint is taken before the content is read, so a change in between is noticed at the next request.
    if ((await this.#readKey()) !== undefined) this.#lastFingerprint = current;
    return this.#key;
  }

  /** Returns the key that the file holds now, when it differs from the refused one. */
  async renew(refused: string): Promise<string | undefined> {
    const key = await this.#readKey();
    return key === refused ? undefined : key;
  }

  async #readKey(): Promise<string | undefined> {
    const key = (await readFile(this.#path, 'utf8').catch(() => '')).trim();
    if (!API_KEY_PATTERN.test(key)) return undefined;
    this.#key = key;
    return key;
  }
}

function fingerprint({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
