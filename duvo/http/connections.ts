import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { optionError } from '../errors/input-error';
import type { HttpSettings } from './http-options';

/** The connections of a client: to the Duvo API, and to other hosts (token endpoint, upload URLs). */
export interface Connections {
  api: Dispatcher;
  /** Each request to this dispatcher names its `origin`. */
  otherHosts: Dispatcher;
  /** Closes the connections after the calls in flight have ended. */
  close(): Promise<void>;
}

/** Keep-alive time in milliseconds. Polls come every few seconds, and undici's default of 4 s would open a connection for each. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Opens direct connections, or connections through the proxy of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. As in other tools,
 * the lower-case form of a variable takes precedence. `HTTP_PROXY` alone is used for https, too. Node.js itself loads a custom CA
 * (`NODE_EXTRA_CA_CERTS`).
 *
 * @throws DuvoInvalidInputError for a proxy that is not an http(s) URL. The URL is not shown, since it may hold a password.
 */
export function openConnections(
  {
    origin,
    maxConnections: connections,
    connectMs: timeout,
  }: Pick<HttpSettings, 'origin' | 'maxConnections' | 'connectMs'>,
  env: NodeJS.ProcessEnv = process.env,
): Connections {
  const options = { connections, connect: { timeout }, keepAliveTimeout: KEEP_ALIVE_MS };
  const httpProxy = readProxyUrl(env, 'HTTP_PROXY');
  const httpsProxy = readProxyUrl(env, 'HTTPS_PROXY') || httpProxy;
  if (httpsProxy === '') {
    const api = new Pool(origin, options);
    const others = new Agent(options);
    return { api, otherHosts: others, close: async () => void (await Promise.all([api.close(), others.close()])) };
  }
  const agent = new EnvHttpProxyAgent({
    ...options,
    httpProxy,
    httpsProxy,
    noProxy: variable(env, 'NO_PROXY'),
    requestTls: { timeout },
    proxyTls: { timeout },
    // A proxy that accepts a CONNECT and never answers would otherwise keep its socket for undici's default of 300 s.
    clientFactory: (url, { connect }: Pool.Options) => new Pool(url, { connect, headersTimeout: timeout }),
  });
  const api = agent.compose((dispatch) => (request, handler) => dispatch({ ...request, origin }, handler));
  return { api, otherHosts: agent, close: () => agent.close() };
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
  throw optionError(name, 'is an environment variable that must hold an http or https URL: correct it or unset it');
}
