import { type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ReceivedRequest, TestServer } from './http-test-server';

export interface AuthorizationServerOptions {
  clientSecret?: string;
  publicKey?: KeyObject;
  authMethods?: string[];
  expiresInSeconds?: number;
  /** Difference of the server's clock to the clock of the test, in milliseconds. @default 0 */
  clockOffsetMs?: number;
}

/** A received token request: the client's authentication method, its key and the requested scope. */
export interface TokenRequest {
  method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  scope?: string;
  /** Algorithm of a signed assertion. */
  alg?: string;
  kid?: string;
}

export const CLIENT_ID = 'client:1 with/odd chars';

/** An OAuth authorization server and the API that accepts its tokens, on one origin and over real HTTP. */
export class AuthorizationServer {
  readonly requests: TokenRequest[] = [];
  readonly tokens = new Set<string>();
  /** Handles a token request instead of the server. When it returns false, the server handles the request. */
  intercept: (response: ServerResponse, number: number) => boolean = () => false;
  /** The audience that a signed assertion must have. @default the issuer */
  audience: string;
  /** The key whose assertions the server accepts. */
  publicKey: KeyObject | undefined;
  readonly #usedAssertionIds = new Set<string>();

  private constructor(
    readonly server: TestServer,
    private readonly options: AuthorizationServerOptions,
  ) {
    this.audience = server.url;
    this.publicKey = options.publicKey;
    server.handler = (request, response, raw) => void this.serve(request, response, raw);
  }

  static async start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
    return new AuthorizationServer(await TestServer.start(), options);
  }

  get url(): string {
    return this.server.url;
  }

  get tokenUrl(): string {
    return `${this.url}/oauth/token`;
  }

  apiCalls(): ReceivedRequest[] {
    return this.server.requests.filter(({ url }) => url.startsWith('/v1/'));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** The default handler of the server. */
  async serve(request: ReceivedRequest, response: ServerResponse, _raw: IncomingMessage): Promise<void> {
    response.setHeader('date', this.#now().toUTCString());
    const [path] = request.url.split('?');
    if (path === '/.well-known/oauth-protected-resource') {
      return sendJson(response, 200, { resource: this.url, authorization_servers: [this.url] });
    }
    if (path === '/.well-known/oauth-authorization-server') {
      const { authMethods } = this.options;
      return sendJson(response, 200, {
        issuer: this.url,
        token_endpoint: this.tokenUrl,
        ...(authMethods && { token_endpoint_auth_methods_supported: authMethods }),
      });
    }
    if (path === '/oauth/token') return this.#handleTokenRequest(request, response);
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (!this.tokens.has(bearer)) return sendJson(response, 401, { code: 'invalid_token' });
    sendJson(response, 200, { run: { id: 'run-1', status: 'running' } });
  }

  #now(): Date {
    return new Date(Date.now() + (this.options.clockOffsetMs ?? 0));
  }

  async #handleTokenRequest({ headers, body }: ReceivedRequest, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(body);
    const proof = await this.#authenticateClient(headers.authorization, form).catch(() => undefined);
    if (!proof) return sendJson(response, 401, { error: 'invalid_client', error_description: body });
    this.requests.push({ ...proof, ...(form.has('scope') && { scope: form.get('scope') ?? '' }) });
    if (this.intercept(response, this.requests.length)) return;
    if (form.get('scope') === 'not:there') return sendJson(response, 400, { error: 'invalid_scope' });
    const { expiresInSeconds } = this.options;
    const token = `token-${randomUUID()}`;
    this.tokens.add(token);
    sendJson(response, 200, {
      access_token: token,
      token_type: 'Bearer',
      ...(expiresInSeconds !== undefined && { expires_in: expiresInSeconds }),
    });
  }

  async #authenticateClient(
    authorization: string | undefined,
    form: URLSearchParams,
  ): Promise<TokenRequest | undefined> {
    const { clientSecret } = this.options;
    const { publicKey } = this;
    if (form.get('grant_type') !== 'client_credentials') return undefined;
    if (authorization?.startsWith('Basic ')) {
      const [id = '', given = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
      const decoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
      return decoded(id) === CLIENT_ID && decoded(given) === clientSecret
        ? { method: 'client_secret_basic' }
        : undefined;
    }
    const assertion = form.get('client_assertion');
    if (assertion && publicKey) {
      const { jwtVerify } = await import('jose');
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
        issuer: CLIENT_ID,
        subject: CLIENT_ID,
        audience: this.audience,
        algorithms: ['RS256', 'ES256', 'ES384', 'EdDSA'],
        maxTokenAge: '2m',
        currentDate: this.#now(),
      });
      const fresh = payload.jti !== undefined && payload.exp !== undefined && !this.#usedAssertionIds.has(payload.jti);
      this.#usedAssertionIds.add(payload.jti ?? '');
      const { alg, kid } = protectedHeader;
      return fresh ? { method: 'private_key_jwt', alg, ...(kid !== undefined && { kid }) } : undefined;
    }
    const posted = form.get('client_id') === CLIENT_ID && form.get('client_secret') === clientSecret;
    return posted && clientSecret !== undefined ? { method: 'client_secret_post' } : undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
