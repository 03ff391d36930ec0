import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** Thrown for a proxy variable that holds no http(s) URL. The value is not shown, since it may hold a password. */
export class ProxyVariableError extends Error {
  override readonly name = 'ProxyVariableError';

  constructor(
    readonly variable: string,
    readonly problem: string,
  ) {
    super(`${variable} ${problem}`);
  }
}

/** The proxies of the environment. */
export interface Proxies {
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
}

export interface OutboundOptions {
  /** Time to get a connection: waiting for a free one, DNS, TCP and TLS, in milliseconds. */
  connectMs: number;
  /** Time from the connection until the response headers, in milliseconds. @default 300_000 */
  headersMs?: number;
  /** Time between two parts of the body, in milliseconds. @default 300_000 */
  bodyMs?: number;
  /** Maximum number of open connections to one host. @default no limit */
  maxConnections?: number;
  /** Finds the addresses of a host. It is not called for a host that a proxy connects to. */
  lookup?: LookupFunction;
}

/** Keep-alive time in milliseconds. Polls come every few seconds, and undici's default of 4 s would open a connection for each. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Reads the proxy of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; `undefined` when there is none. As in other tools, the
 * lower-case form of a variable takes precedence. `HTTP_PROXY` alone is used for https, too.
 *
 * @throws ProxyVariableError
 */
export function readProxies(env: NodeJS.ProcessEnv = process.env): Proxies | undefined {
  const httpProxy = readProxyUrl(env, 'HTTP_PROXY');
  const httpsProxy = readProxyUrl(env, 'HTTPS_PROXY') || httpProxy;
  return httpsProxy === '' ? undefined : { httpProxy, httpsProxy, noProxy: variable(env, 'NO_PROXY') };
}

/** Options of a direct connection. Node.js itself loads a custom CA (`NODE_EXTRA_CA_CERTS`). */
export function directOptions({
  connectMs,
  headersMs,
  bodyMs,
  maxConnections,
  lookup,
}: OutboundOptions): Agent.Options {
  return {
    ...(maxConnections !== undefined && { connections: maxConnections }),
    ...(headersMs !== undefined && { headersTimeout: headersMs }),
    ...(bodyMs !== undefined && { bodyTimeout: bodyMs }),
    connect: { timeout: connectMs, ...(lookup && { lookup }) },
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
}

/** Opens connections through the proxies, except to the hosts of `NO_PROXY`. */
export function createProxyAgent(proxies: Proxies, options: OutboundOptions): EnvHttpProxyAgent {
  const { connectMs: timeout } = options;
  return new EnvHttpProxyAgent({
    ...directOptions(options),
    ...proxies,
    requestTls: { timeout },
    proxyTls: { timeout },
    // A proxy that accepts a CONNECT and never answers would otherwise keep its socket for undici's default of 300 s.
    clientFactory: (url, { connect }: Pool.Options) => new Pool(url, { connect, headersTimeout: timeout }),
  });
}

/** Opens connections to any host: through the proxies of the environment, or direct ones. @throws ProxyVariableError */
export function createOutboundAgent(options: OutboundOptions, env: NodeJS.ProcessEnv = process.env): Dispatcher {
  const proxies = readProxies(env);
  return proxies ? createProxyAgent(proxies, options) : new Agent(directOptions(options));
}

function variable(env: NodeJS.ProcessEnv, name: string): string {
  return env[name.toLowerCase()]?.trim() || env[name]?.trim() || '';
}

function readProxyUrl(env: NodeJS.ProcessEnv, name: string): string {
  const value = variable(env, name);
  if (value === '') return '';
  // Many people write a proxy without a scheme: `proxy.example:3128`.
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ProxyVariableError(
    name,
    'is an environment variable that must hold an http or https URL: correct it or unset it',
  );
}
