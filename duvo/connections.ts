import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { Settings } from './options';

/** The connections of a client: to Duvo itself, and to other hosts (token endpoint, upload URLs). */
export interface Connections {
  api: Dispatcher;
  /** Requests name their `origin`. */
  others: Dispatcher;
  /** Lets calls in flight end. */
  close(): Promise<void>;
}

/** As curl and most tools read them; `NO_PROXY` names what is reached without. */
const PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/** Polls come every few seconds: undici's 4 s would open a connection for each of them. Milliseconds. */
const KEEP_ALIVE = 30_000;

/** Straight, or through the proxy that the environment names. A custom CA is Node's affair (`NODE_EXTRA_CA_CERTS`). */
export function openConnections(settings: Settings, env: NodeJS.ProcessEnv = process.env): Connections {
  const { origin, maxConnections: connections, connectMs: timeout } = settings;
  if (PROXY_VARIABLES.some((name) => env[name])) {
    const tls = { timeout };
    const agent = new EnvHttpProxyAgent({
      connections,
      keepAliveTimeout: KEEP_ALIVE,
      connect: tls,
      requestTls: tls,
      proxyTls: tls,
    });
    const api = agent.compose((dispatch) => (options, handler) => dispatch({ ...options, origin }, handler));
    return { api, others: agent, close: () => agent.close() };
  }
  const options = { connections, connect: { timeout } };
  const api = new Pool(origin, { ...options, keepAliveTimeout: KEEP_ALIVE });
  const others = new Agent(options);
  return { api, others, close: async () => void (await Promise.all([api.close(), others.close()])) };
}
