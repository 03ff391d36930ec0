import { readFileSync, type BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { optionError, systemErrorCode } from '../errors/input-error';
import type { Credentials } from '../http/credentials';
import type { CredentialOptions } from './choose-credentials';

/** What a header can carry. */
const API_KEY_PATTERN = /^[\x21-\x7e]{1,4096}$/;

const SCOPE_HINT = 'the key';

/** @throws DuvoInvalidInputError when there is no usable key. It names the option or the file, never what is in it. */
export function apiKeyCredentials({ apiKey, apiKeyFile }: CredentialOptions): Credentials {
  return apiKeyFile === undefined ? staticKeyCredentials(apiKey ?? '') : new KeyFileCredentials(apiKeyFile);
}

function staticKeyCredentials(apiKey: string): Credentials {
  const key = apiKey.trim();
  if (!API_KEY_PATTERN.test(key))
    throw optionError('apiKey', 'is empty, or holds what a header cannot carry: check DUVO_API_KEY');
  const hint = 'check DUVO_API_KEY';
  return { current: () => key, renew: () => Promise.resolve(undefined), hint, scopeHint: SCOPE_HINT };
}

/**
 * A mounted secret: looked at before each request, read when it is another file or was written to. A file that is being
 * replaced may be missing or empty for a moment: the key that was read before stays in use.
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
    const seen = await stat(this.#path, { bigint: true }).then(fingerprint, () => undefined);
    if (seen === undefined || seen === this.#lastFingerprint) return this.#key;
    // The fingerprint is older than what is read: a change in between is seen at the next request.
    if ((await this.#readKey()) !== undefined) this.#lastFingerprint = seen;
    return this.#key;
  }

  /** The key as it is in the file now, if that is another one. */
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
