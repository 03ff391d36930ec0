import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { optionError } from '../errors/input-error';
import type { HttpSettings } from './http-options';

/** The connections of a client: to Duvo itself, and to other hosts (token endpoint, upload URLs). */
export interface Connections {
  api: Dispatcher;
  /** Requests name their `origin`. */
  otherHosts: Dispatcher;
  /** Lets calls in flight end. */
  close(): Promise<void>;
}

/** Polls come every few seconds: undici's 4 s would open a connection for each of them. Milliseconds. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Straight, or through the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name, in either case: the lower one wins,
 * as with other tools, and an `HTTP_PROXY` alone is for https, too. A custom CA is Node's affair (`NODE_EXTRA_CA_CERTS`).
 *
 * @throws DuvoInvalidInputError for a proxy that is no http(s) URL; it may hold a password, and is not shown
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
    // A proxy that takes a CONNECT and never answers it must not keep its socket for undici's 300 s.
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
  // `proxy.example:3128` is a common way to write it.
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw optionError(name, 'is a variable of the environment: it must be an http or https URL, or unset');
}
