import { DuvoError } from '../errors/duvo-error';
import { DuvoNotSupportedError } from '../errors/error-classes';
import type {
  HumanAnswer,
  ListMessagesQuery,
  ListRunsQuery,
  Message,
  MessagePage,
  RespondResult,
  Run,
  RunPage,
  RunView,
  StartRunInput,
  StopResult,
} from '../model';
import { MAX_MESSAGES_PER_PAGE, MAX_RUNS_PER_PAGE } from '../model/limits';
import type { Call, CallOptions, MutationOptions } from '../model/operation-types';
import { iterateRows } from './paging';

/** Runs. Each method makes one HTTP request (`list` and `listMessages` make one for each page) and throws `DuvoError`. */
export class Runs {
  readonly #call: Call;
  /** Set after the first response which shows that this Duvo installation cannot list runs. */
  #listUnsupported: DuvoNotSupportedError | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Starts a run. The run may still be pending. */
  start(input: StartRunInput, options: MutationOptions): Promise<RunView> {
    return this.#call('runs.start', input, options);
  }

  /** Reads a run, and the request to a person that the run has open. */
  get(runId: string, options?: CallOptions): Promise<RunView> {
    return this.#call('runs.get', { runId }, options);
  }

  /**
   * Reads one page of runs, the newest first. Not every Duvo installation can list runs: after a 405, or a 404 with the API's
   * own error body, this call and all later calls of this client fail with a `DuvoNotSupportedError`, the later calls without a
   * request.
   */
  async listPage(query: ListRunsQuery = {}, options?: CallOptions): Promise<RunPage> {
    if (this.#listUnsupported) throw listUnsupportedError(this.#listUnsupported, 'no');
    try {
      return await this.#call('runs.list', query, options);
    } catch (error) {
      // A 404 of a proxy says nothing about the installation.
      if (!(error instanceof DuvoError) || !(error.status === 405 || (error.status === 404 && error.hasErrorBody)))
        throw error;
      this.#listUnsupported = listUnsupportedError(error, 'yes');
      throw this.#listUnsupported;
    }
  }

  /** Reads one page of a run's messages, the oldest first. */
  listMessagesPage(runId: string, query: ListMessagesQuery = {}, options?: CallOptions): Promise<MessagePage> {
    return this.#call('runs.messages', { runId, limit: query.limit, offset: query.offset }, options);
  }

  /** Iterates over all runs that match the query, the newest first, each once. `limit` is the number of rows per request. */
  list(query: ListRunsQuery = {}, options?: CallOptions): AsyncGenerator<Run, void, undefined> {
    return iterateRows(query, MAX_RUNS_PER_PAGE, async (place) => {
      const { runs: rows, total } = await this.listPage({ ...query, ...place }, options);
      return { rows, total };
    });
  }

  /** Iterates over all messages of a run, the oldest first, each once. `limit` is the number of rows per request. */
  listMessages(
    runId: string,
    query: ListMessagesQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<Message, void, undefined> {
    return iterateRows(query, MAX_MESSAGES_PER_PAGE, async (place) => {
      const { messages: rows, total } = await this.listMessagesPage(runId, place, options);
      return { rows, total };
    });
  }

  /** Sends a message to the agent. The message resumes a waiting, completed or interrupted run. */
  postMessage(runId: string, text: string, options: MutationOptions): Promise<Message> {
    return this.#call('runs.postMessage', { runId, text }, options);
  }

  /** Answers a human request. The run must be `waiting`, else the call fails with a `DuvoConflictError`. */
  respond(runId: string, requestId: string, answer: HumanAnswer, options: MutationOptions): Promise<RespondResult> {
    return this.#call('runs.respond', { runId, requestId, answer }, options);
  }

  /** Requests that Duvo stops a run. This has no effect on a run that is not running: read the run to see its state. */
  stop(runId: string, options: MutationOptions): Promise<StopResult> {
    return this.#call('runs.stop', { runId }, options);
  }
}

function listUnsupportedError(answer: DuvoError, reached: 'no' | 'yes'): DuvoNotSupportedError {
  const { operation, method, path, status, code, requestId, serverTime } = answer;
  const facts = { operation, method, path, status, code, requestId, serverTime, reached };
  return new DuvoNotSupportedError(facts, 'this Duvo installation cannot list runs: read each run by its id');
}
