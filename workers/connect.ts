import { Connection } from '@temporalio/client';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { loadDataConverter } from './data-converter';

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
  /** For `Worker.create` or `new Client`; absent when neither `DUVO_DATA_CONVERTER` nor `TEMPORAL_CODEC_ENDPOINT` is set. */
  dataConverter?: DataConverter;
}

const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Opens a connection for workers, with the settings that Temporal's CLI reads: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
 * `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`, `TEMPORAL_CODEC_*`, and the profiles of `temporal.toml`. The caller closes the
 * connection.
 *
 * @throws Error that names the address and the variables to check
 */
export async function connectToTemporal(options: ConnectOptions = {}): Promise<TemporalConnection<NativeConnection>> {
  const settings = readConnectionSettings(options);
  const dataConverter = await loadDataConverter(options.env ?? process.env, settings.target.namespace);
  const connection = await openConnection(settings, (s) => NativeConnection.connect(s));
  return { ...settings.target, connection, ...(dataConverter && { dataConverter }) };
}

/**
 * Opens a connection for clients, with the settings of {@link connectToTemporal} and without the native library. The
 * caller closes the connection.
 *
 * @throws Error that names the address and the variables to check
 */
export async function connectClientToTemporal(options: ConnectOptions = {}): Promise<TemporalConnection<Connection>> {
  const settings = readConnectionSettings(options);
  const dataConverter = await loadDataConverter(options.env ?? process.env, settings.target.namespace);
  const connection = await openConnection(settings, (s) => Connection.connect({ ...s, connectTimeout: '10s' }));
  return { ...settings.target, connection, ...(dataConverter && { dataConverter }) };
}

interface ConnectionSettings {
  target: { namespace: string; address: string };
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

function readConnectionSettings({ env = process.env, profile }: ConnectOptions): ConnectionSettings {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  let config: ClientConnectConfig;
  try {
    config = loadClientConnectConfig({ overrideEnvVars: variables, profile });
  } catch (error) {
    throw new Error(
      `the connection to Temporal is not configured correctly: ${errorMessage(error)}; check the TEMPORAL_… variables and temporal.toml`,
      {
        cause: error,
      },
    );
  }
  const address = config.connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    target: { namespace: config.namespace ?? 'default', address },
    connectionOptions: { ...config.connectionOptions, address },
  };
}

async function openConnection<C>(
  { target, connectionOptions }: ConnectionSettings,
  connect: (options: ClientConnectConfig['connectionOptions']) => Promise<C>,
): Promise<C> {
  try {
    return await connect(connectionOptions);
  } catch (error) {
    throw new Error(
      `Temporal could not be reached at ${target.address}: ${extractRustMessage(errorMessage(error))}. ` +
        'Check TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY, and whether the server is up',
      { cause: error },
    );
  }
}

/** Matches the readable part of an error that a Rust library printed. */
const RUST_ERROR_PATTERN = /\b(?:message|error): (?:"([^"]*)"|([\w()]+))/;

function extractRustMessage(message: string): string {
  const [, text, name] = (message.includes('tonic::') && RUST_ERROR_PATTERN.exec(message)) || [];
  return text ?? name ?? message;
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
