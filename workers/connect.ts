import { Connection } from '@temporalio/client';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

export interface ConnectOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** A profile of `temporal.toml`. @default TEMPORAL_PROFILE, else 'default' */
  profile?: string;
}

export interface TemporalConnection<C> {
  connection: C;
  namespace: string;
  address: string;
}

const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Temporal for workers, as the Temporal CLI reads it: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
 * `TEMPORAL_TLS_*`, and the profiles of `temporal.toml`. The caller closes the connection.
 *
 * @throws Error that names the address and the variables to check
 */
export async function connectToTemporal(options: ConnectOptions = {}): Promise<TemporalConnection<NativeConnection>> {
  const settings = temporalSettings(options);
  return { ...settings.about, connection: await connecting(settings, (s) => NativeConnection.connect(s)) };
}

/**
 * Temporal for clients, read as by {@link connectToTemporal}. Does without the native library. The caller closes the
 * connection.
 *
 * @throws Error that names the address and the variables to check
 */
export async function connectClientToTemporal(options: ConnectOptions = {}): Promise<TemporalConnection<Connection>> {
  const settings = temporalSettings(options);
  return {
    ...settings.about,
    connection: await connecting(settings, (s) => Connection.connect({ ...s, connectTimeout: '10s' })),
  };
}

interface Settings {
  about: { namespace: string; address: string };
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

function temporalSettings({ env = process.env, profile }: ConnectOptions): Settings {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  let read: ClientConnectConfig;
  try {
    read = loadClientConnectConfig({ overrideEnvVars: variables, profile });
  } catch (error) {
    throw new Error(`Temporal's connection is not configured well: ${messageOf(error)} (TEMPORAL_*, temporal.toml)`, {
      cause: error,
    });
  }
  const address = read.connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    about: { namespace: read.namespace ?? 'default', address },
    connectionOptions: { ...read.connectionOptions, address },
  };
}

async function connecting<C>(
  { about, connectionOptions }: Settings,
  connect: (options: ClientConnectConfig['connectionOptions']) => Promise<C>,
): Promise<C> {
  try {
    return await connect(connectionOptions);
  } catch (error) {
    throw new Error(
      `Temporal could not be reached at ${about.address}: ${plainly(messageOf(error))}. ` +
        'Check TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY, and whether the server is up',
      { cause: error },
    );
  }
}

/** What Rust's libraries print of an error, without all that is around the words for people. */
const RUST_ERROR = /\b(?:message|error): (?:"([^"]*)"|([\w()]+))/;

function plainly(message: string): string {
  const [, text, name] = (message.includes('tonic::') && RUST_ERROR.exec(message)) || [];
  return text ?? name ?? message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
