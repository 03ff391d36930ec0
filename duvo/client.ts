import { createKeySource } from './api-key';
import { Caller } from './caller';
import { readOptions, type DuvoClientOptions } from './options';
import { Runs, type RunsApi } from './runs';

export type { DuvoClientOptions, RequestEvent } from './options';
export type { CallOptions, MutationOptions, RunsApi } from './runs';

/**
 * A client of the Duvo API. It never retries (but see `RunsApi`), never logs, and holds at most `maxConnections`
 * connections, which it keeps open: make one for each process and key, and close it at the end.
 *
 * @throws DuvoInputError from the constructor, when an option is wrong or the key cannot be read
 */
export class DuvoClient {
  readonly runs: RunsApi;
  readonly #caller: Caller;

  constructor(options: DuvoClientOptions) {
    this.#caller = new Caller(readOptions(options), createKeySource(options));
    this.runs = new Runs(this.#caller);
  }

  /** Closes the connections, after the calls in flight. Later calls fail with a `DuvoConnectionError`. */
  close(): Promise<void> {
    return this.#caller.close();
  }
}
