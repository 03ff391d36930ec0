import { Agent, type Dispatcher, Pool } from 'undici';
import {
  createProxyAgent,
  directOptions,
  type Proxies,
  ProxyVariableError,
  readProxies,
} from '../../http/outbound-agent';
import { optionError } from '../errors/input-error';
import type { HttpSettings } from './http-options';

/** The connections of a client: to the Duvo API, and to other hosts (token endpoint, upload URLs). */
export interface Connections {
  api: Dispatcher;
  /** Each request to this dispatcher names its `origin`. */
  otherHosts: Dispatcher;
  /** Closes the connections after the calls in flight have ended. */
  close(): Promise<void>;
  /** Closes the connections at once. The calls in flight fail. */
  destroy(): Promise<void>;
}

/**
 * Opens direct connections, or connections through the proxy of the environment.
 *
 * @throws DuvoInvalidInputError for a proxy that is not an http(s) URL
 */
export function openConnections(
  { origin, maxConnections, connectMs }: Pick<HttpSettings, 'origin' | 'maxConnections' | 'connectMs'>,
  env: NodeJS.ProcessEnv = process.env,
): Connections {
  const options = { maxConnections, connectMs };
  const proxies = readCheckedProxies(env);
  if (!proxies) {
    const api = new Pool(origin, directOptions(options));
    const others = new Agent(directOptions(options));
    return {
      api,
      otherHosts: others,
      close: async () => void (await Promise.all([api.close(), others.close()])),
      destroy: async () => void (await Promise.all([api.destroy(), others.destroy()])),
    };
  }
  const agent = createProxyAgent(proxies, options);
  const api = agent.compose((dispatch) => (request, handler) => dispatch({ ...request, origin }, handler));
  return { api, otherHosts: agent, close: () => agent.close(), destroy: () => agent.destroy() };
}

function readCheckedProxies(env: NodeJS.ProcessEnv): Proxies | undefined {
  try {
    return readProxies(env);
  } catch (error) {
    if (error instanceof ProxyVariableError) throw optionError(error.variable, error.problem);
    throw error;
  }
}
