import { DuvoError } from '../errors/duvo-error';
import type { RequestSecrets } from '../errors/safe-server-text';
import type { Connections } from '../http/connections';
import { exchange } from '../http/exchange';
import type { HttpSettings } from '../http/http-options';
import { readServerTime } from '../http/headers/retry-after';
import { requestIdOf, responseError, transportError } from '../http/response-error';
import { ClientAuthenticator, loadOpenIdClient, type OpenIdClient } from './client-authenticator';
import { isSecureUrl, type OAuthSettings } from './oauth-options';
import { type LastResponse, toDuvoError, TOKEN_OPERATION, toNotSentError, unusableServerError } from './token-errors';
import type { Configuration } from 'openid-client' with {
  'resolution-mode': 'import',
};

/** The authorization server to use when the API's metadata names none (Duvo API reference, authentication). */
const DEFAULT_ISSUER = 'https://login.duvo.ai';

export interface Token {
  value: string;
  /** Lifetime in seconds. Absent when the server does not give it. */
  expiresInSeconds?: number;
}

/** Requests tokens by the client credentials grant. It discovers the token endpoint once and keeps it while requests succeed. */
export class TokenClient {
  readonly #oauth: OAuthSettings;
  readonly #settings: HttpSettings;
  readonly #connections: Connections;
  readonly #authenticator: ClientAuthenticator;
  #configuration: Promise<Configuration> | undefined;

  constructor(oauth: OAuthSettings, settings: HttpSettings, connections: Connections) {
    this.#oauth = oauth;
    this.#authenticator = new ClientAuthenticator(oauth);
    this.#settings = settings;
    this.#connections = connections;
  }

  /** @throws DuvoError of the kind `unauthorized` when the server refuses the client */
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
          // The discovered endpoint may be outdated, or the key may have been replaced.
          this.#configuration = undefined;
          throw error;
        });
      // Only a bearer token that an HTTP header can carry is usable.
      if (type !== 'bearer' || !/^[\x21-\x7e]+$/.test(value)) throw new Error('no bearer token');
      return { value, expiresInSeconds: expiresIn };
    });
  }

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
      // Only the endpoint of this server is known, so it also serves as the audience of a signed assertion.
      const server = { issuer: tokenUrl.href, token_endpoint: tokenUrl.href };
      return allowInsecureOnLoopback(
        client,
        new client.Configuration(server, clientId, {}, await this.#authenticator.authenticate(client)),
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
    const auth = await this.#authenticator.authenticate(client, server.token_endpoint_auth_methods_supported);
    return allowInsecureOnLoopback(client, new client.Configuration(server, clientId, {}, auth), endpoint);
  }

  /** Reads the authorization server from the metadata of the API (RFC 9728). */
  async #findIssuer(fetch: Fetch): Promise<URL> {
    const url = new URL('/.well-known/oauth-protected-resource', this.#settings.origin);
    const answer = await fetch(url.href, { method: 'GET', headers: { accept: 'application/json' } });
    const body = (await answer.json().catch(() => undefined)) as Metadata | undefined;
    // Metadata of another resource must be ignored (RFC 9728, 3.3).
    const isOurs = originOf(body?.resource) === url.origin;
    const named = answer.ok && isOurs ? body?.authorization_servers?.[0] : undefined;
    const issuer = new URL(typeof named === 'string' && URL.canParse(named) ? named : DEFAULT_ISSUER);
    if (!isSecureUrl(issuer))
      throw unusableServerError('the API names an authorization server without TLS: set DUVO_TOKEN_URL');
    return issuer;
  }

  /**
   * Runs a part of the protocol over the connections and timeouts of this client. An error of the OAuth library may hold a
   * response body, so it is replaced by an error that is made from the last response.
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
          body: form.size > 0 ? form.toString() : undefined,
        },
        this.#settings,
      );
      if (!answer.ok) throw (fault = toNotSentError(transportError(about, answer)));
      const isTransient = answer.status === 408 || answer.status === 425 || answer.status === 429;
      if (answer.status >= 500 || isTransient)
        throw (fault = toNotSentError(responseError(about, answer, sent, { hint: '', scopeHint: '' })));
      last = {
        status: answer.status,
        requestId: requestIdOf(answer, sent),
        serverTime: readServerTime(answer.headers),
      };
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
