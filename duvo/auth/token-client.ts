import { type KeyObject, webcrypto } from 'node:crypto';
import type { ClientAuth, Configuration, ModifyAssertionFunction } from 'openid-client' with {
  'resolution-mode': 'import',
};
import { responseError, requestIdOf } from '../errors/response-error';
import { transportError } from '../errors/transport-error';
import type { Connections } from '../http/connections';
import { DuvoError } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';
import { exchange } from '../http/exchange';
import type { ClientSettings } from '../options';
import type { RequestSecrets } from '../errors/sanitize';
import { type ClientKey, isSecureUrl, type OAuthSettings, readPrivateKey } from './oauth-options';

/** Published as ESM only; who uses a key never loads it. */
const loadOpenIdClient = () => import('openid-client');
type OpenIdClient = Awaited<ReturnType<typeof loadOpenIdClient>>;

/** Where Duvo's tokens come from when the API does not say (Duvo API, authentication). */
const DEFAULT_ISSUER = 'https://login.duvo.ai';

/** What an error says about a token request. It is not a call to Duvo: whatever comes of it, Duvo has not acted. */
const TOKEN_OPERATION = { name: 'oauth.token', method: 'POST', path: '<token endpoint>', scope: '' };

export interface Token {
  value: string;
  /** Seconds; absent when the server does not say. */
  expiresInSeconds?: number;
}

/** Asks for tokens by client credentials: finds the endpoint once, proves the client as the endpoint wants it. */
export class TokenClient {
  readonly #oauth: OAuthSettings;
  readonly #settings: ClientSettings;
  readonly #connections: Connections;
  #configuration: Promise<Configuration> | undefined;
  #key: ClientKey | undefined;

  constructor(oauth: OAuthSettings, settings: ClientSettings, connections: Connections) {
    this.#oauth = oauth;
    this.#key = oauth.key;
    this.#settings = settings;
    this.#connections = connections;
  }

  /** @throws DuvoError: `unauthorized` when the client is refused; else of the kind of what went wrong */
  async request(): Promise<Token> {
    const client = await loadOpenIdClient();
    const { scope } = this.#oauth;
    return this.#runWithFetch(async (fetch) => {
      const configuration = await this.#getConfiguration(client, fetch);
      configuration[client.customFetch] = fetch;
      const {
        access_token: value,
        token_type: type,
        expires_in: expiresIn,
      } = await client
        .clientCredentialsGrant(configuration, scope === undefined ? {} : { scope })
        .catch((error: unknown) => {
          // What was found may be outdated, or the key was replaced.
          this.#configuration = undefined;
          throw error;
        });
      // What a header cannot carry, or what wants more than a header.
      if (type !== 'bearer' || !/^[\x21-\x7e]+$/.test(value)) throw new Error('no bearer token');
      return { value, expiresInSeconds: expiresIn };
    });
  }

  /** Found once; looked for again when that failed. */
  #getConfiguration(client: OpenIdClient, fetch: Fetch): Promise<Configuration> {
    this.#configuration ??= this.#createConfiguration(client, fetch).catch((error: unknown) => {
      this.#configuration = undefined;
      throw error;
    });
    return this.#configuration;
  }

  async #createConfiguration(client: OpenIdClient, fetch: Fetch): Promise<Configuration> {
    const { clientId, tokenUrl } = this.#oauth;
    if (tokenUrl) {
      // The endpoint is all that is known of its server: it is whom an assertion is for.
      const server = { issuer: tokenUrl.href, token_endpoint: tokenUrl.href };
      return allowInsecureOnLoopback(
        client,
        new client.Configuration(server, clientId, {}, await this.#createClientAuth(client)),
        tokenUrl,
      );
    }
    const issuer = await this.#findIssuer(fetch);
    const found = await client.discovery(issuer, clientId, {}, client.None(), {
      algorithm: 'oauth2',
      [client.customFetch]: fetch,
      ...(isLoopback(issuer) && { execute: [client.allowInsecureRequests] }),
    });
    const server = found.serverMetadata();
    const endpoint = URL.canParse(server.token_endpoint ?? '') ? new URL(server.token_endpoint ?? '') : undefined;
    if (!endpoint || !isSecureUrl(endpoint)) {
      throw unusableServerError('its metadata names no token endpoint that is safe to use: set DUVO_TOKEN_URL');
    }
    const auth = await this.#createClientAuth(client, server.token_endpoint_auth_methods_supported);
    return allowInsecureOnLoopback(client, new client.Configuration(server, clientId, {}, auth), endpoint);
  }

  /** The authorization server that the API's own metadata names (RFC 9728). */
  async #findIssuer(fetch: Fetch): Promise<URL> {
    const url = new URL('/.well-known/oauth-protected-resource', this.#settings.origin);
    const answer = await fetch(url.href, { method: 'GET', headers: { accept: 'application/json' } });
    const body = (await answer.json().catch(() => undefined)) as Metadata | undefined;
    // Metadata of another resource is none (RFC 9728, 3.3).
    const isOurs = originOf(body?.resource) === url.origin;
    const named = answer.ok && isOurs ? body?.authorization_servers?.[0] : undefined;
    const issuer = new URL(typeof named === 'string' && URL.canParse(named) ? named : DEFAULT_ISSUER);
    if (!isSecureUrl(issuer))
      throw unusableServerError('the API names an authorization server without TLS: set DUVO_TOKEN_URL');
    return issuer;
  }

  async #createClientAuth(client: OpenIdClient, supported?: string[]): Promise<ClientAuth> {
    const { secret, keyFile, authMethod } = this.#oauth;
    const takes = (method: string) => supported === undefined || supported.includes(method);
    if (keyFile !== undefined && this.#key) {
      this.#key = rereadPrivateKey(keyFile, this.#key);
      const { key, kid } = this.#key;
      if (!takes('private_key_jwt'))
        throw unusableServerError('it takes no private key: set DUVO_CLIENT_SECRET in its place');
      const modify: ModifyAssertionFunction = (header) => {
        // The name that every server knows; the library's is of 2025.
        if (header.alg === 'Ed25519') header.alg = 'EdDSA';
      };
      return client.PrivateKeyJwt({ key: await toCryptoKey(key), kid }, { [client.modifyAssertion]: modify });
    }
    if (authMethod === 'client_secret_post') return client.ClientSecretPost(secret);
    if (authMethod === 'client_secret_basic') return client.ClientSecretBasic(secret);
    if (takes('client_secret_basic')) return client.ClientSecretBasic(secret);
    if (takes('client_secret_post')) return client.ClientSecretPost(secret);
    throw unusableServerError('it takes no client secret: set DUVO_CLIENT_PRIVATE_KEY_FILE in its place');
  }

  /**
   * Runs a part of the protocol over the client's own connections and time-outs. What the library throws may hold a
   * body, so it is not passed on: what came over the wire says enough.
   */
  async #runWithFetch<T>(work: (fetch: Fetch) => Promise<T>): Promise<T> {
    let fault: DuvoError | undefined;
    let last: LastResponse = {};
    const fetch: Fetch = async (address, { method, headers, body }) => {
      const url = new URL(address);
      const form = body instanceof URLSearchParams ? body : new URLSearchParams();
      const plainHeaders = toPlainHeaders(headers);
      const sent: RequestSecrets = {
        secret: plainHeaders['authorization'] ?? '',
        body: { secret: this.#oauth.secret ?? '', form: [...form.values()] },
      };
      const about = { ...TOKEN_OPERATION, method, path: method === 'POST' ? TOKEN_OPERATION.path : url.pathname };
      const answer = await exchange(
        this.#connections.otherHosts,
        {
          method: method as 'GET' | 'POST',
          origin: url.origin,
          path: url.pathname + url.search,
          headers: { ...plainHeaders, 'user-agent': this.#settings.userAgent },
          // A token request is a form.
          body: form.size > 0 ? form.toString() : undefined,
        },
        this.#settings,
      );
      if (!answer.ok) throw (fault = toNotSentError(transportError(about, answer)));
      const isTransient = answer.status === 408 || answer.status === 425 || answer.status === 429;
      if (answer.status >= 500 || isTransient)
        throw (fault = toNotSentError(responseError(about, answer, sent, { hint: '', scopeHint: '' })));
      last = { status: answer.status, requestId: requestIdOf(answer, sent) };
      const type = answer.headers['content-type'];
      return new Response(answer.status === 204 ? null : (answer.body ?? ''), {
        status: answer.status,
        headers: type === undefined ? {} : { 'content-type': type },
      });
    };
    try {
      return await work(fetch);
    } catch (error) {
      throw fault ?? (error instanceof DuvoError ? error : toDuvoError(error, last));
    }
  }
}

type Fetch = (url: string, options: { method: string; headers?: unknown; body?: unknown }) => Promise<Response>;

interface Metadata {
  resource?: unknown;
  authorization_servers?: unknown[];
}

/** Of the answer that was seen last. */
interface LastResponse {
  status?: number;
  requestId?: string;
}

/** Codes of RFC 6749, 5.2. Any other may be an echo of what was sent, and is not shown. */
const OAUTH_ERROR_CODES: readonly unknown[] = [
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
];

function toDuvoError(error: unknown, { status, requestId }: LastResponse): DuvoError {
  const { error: code } = error as { error?: unknown };
  const facts = {
    operation: TOKEN_OPERATION.name,
    method: TOKEN_OPERATION.method,
    path: TOKEN_OPERATION.path,
    status,
    requestId,
    reached: 'no' as const,
  };
  if (status === undefined || status < 300) {
    const note = "the authorization server's answer is not what OAuth promises: check DUVO_TOKEN_URL";
    return duvoError('contract-violation', { ...facts, field: 'access_token' }, note);
  }
  if (![400, 401, 403].includes(status)) {
    return duvoError('refused', facts, 'there is no token endpoint: check DUVO_TOKEN_URL and DUVO_API_BASE_URL');
  }
  const known = typeof code === 'string' && OAUTH_ERROR_CODES.includes(code) ? code : undefined;
  const check =
    known === 'invalid_scope'
      ? 'check DUVO_SCOPES'
      : known === 'unauthorized_client' || known === 'unsupported_grant_type'
        ? 'the client may not use client credentials: ask its administrator'
        : 'check DUVO_CLIENT_ID, and DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE';
  return duvoError('unauthorized', { ...facts, code: known }, `the authorization server refuses the client: ${check}`);
}

function unusableServerError(what: string): DuvoError {
  const facts = {
    operation: TOKEN_OPERATION.name,
    method: TOKEN_OPERATION.method,
    path: TOKEN_OPERATION.path,
    reached: 'no' as const,
  };
  return duvoError('unauthorized', facts, `the authorization server cannot be used: ${what}`);
}

/** The call for which the token was wanted has not left. */
function toNotSentError(error: DuvoError): DuvoError {
  return duvoError(error.kind, { ...error, reached: 'no' }, `no access token: ${noteOf(error)}`);
}

function noteOf({ message, operation }: DuvoError): string {
  return message.slice(operation.length + 2).replace(/ \([^)]*\)$/, '');
}

function originOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : undefined;
}

function isLoopback(url: URL): boolean {
  return url.protocol === 'http:' && isSecureUrl(url);
}

function allowInsecureOnLoopback(client: OpenIdClient, configuration: Configuration, endpoint: URL): Configuration {
  if (isLoopback(endpoint)) client.allowInsecureRequests(configuration);
  return configuration;
}

function toPlainHeaders(headers: unknown): Record<string, string> {
  return Object.fromEntries(new Headers(headers as Record<string, string>).entries());
}

/** A key may be replaced while the process runs; while its file holds none, the last one stays in use. */
function rereadPrivateKey(path: string, last: ClientKey): ClientKey {
  try {
    return readPrivateKey(path);
  } catch {
    return last;
  }
}

/** The algorithm follows from the key: RS256, ES256 and its siblings, EdDSA. */
async function toCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const algorithm =
    type === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : type === 'ec'
        ? { name: 'ECDSA', namedCurve: curves[details?.namedCurve ?? ''] ?? '' }
        : { name: 'Ed25519' };
  try {
    return await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  } catch {
    throw unusableServerError(
      'the key of DUVO_CLIENT_PRIVATE_KEY_FILE is of no kind that it takes: use RSA, EC or Ed25519',
    );
  }
}
