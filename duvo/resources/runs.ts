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

/** Runs. Each method makes one HTTP request (`each…` one a page, all two after a 401, when there is a fresh credential) and throws `DuvoError`. */
export class Runs {
  readonly #call: Call;
  /** Set once this Duvo has shown that it does not list runs. */
  #listUnsupported: DuvoNotSupportedError | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Starts a run. The run may still be pending. */
  start(input: StartRunInput, options: MutationOptions): Promise<RunView> {
    return this.#call('runs.start', input, options);
  }

  /** Looks at a run and what it asks of a person. */
  get(runId: string, options?: CallOptions): Promise<RunView> {
    return this.#call('runs.get', { runId }, options);
  }

  /**
   * Lists runs, the newest first. Not every Duvo has it: after a 404 or 405 this and every later call of this client
   * fails with a `DuvoNotSupportedError`, the later ones without a request.
   */
  async listPage(query: ListRunsQuery = {}, options?: CallOptions): Promise<RunPage> {
    if (this.#listUnsupported) throw listUnsupportedError(this.#listUnsupported, 'no');
    try {
      return await this.#call('runs.list', query, options);
    } catch (error) {
      if (!(error instanceof DuvoError) || (error.status !== 404 && error.status !== 405)) throw error;
      this.#listUnsupported = listUnsupportedError(error, 'yes');
      throw this.#listUnsupported;
    }
  }

  /** One page of a run's messages, the oldest first. */
  listMessagesPage(runId: string, query: ListMessagesQuery = {}, options?: CallOptions): Promise<MessagePage> {
    return this.#call('runs.messages', { runId, limit: query.limit, offset: query.offset }, options);
  }

  /** All runs that the query means, the newest first, page by page, each once. */
  list(query: ListRunsQuery = {}, options?: CallOptions): AsyncGenerator<Run, void, undefined> {
    return iterateRows(query, MAX_RUNS_PER_PAGE, async (place) => {
      const { runs: rows, total } = await this.listPage({ ...query, ...place }, options);
      return { rows, total };
    });
  }

  /** All of a run's messages, the oldest first, page by page, each once. */
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

  /** Sends a message to the agent; resumes a waiting, completed or interrupted run. */
  postMessage(runId: string, text: string, options: MutationOptions): Promise<Message> {
    return this.#call('runs.postMessage', { runId, text }, options);
  }

  /** Answers a human request. Works only while the run is `waiting`: else a `DuvoConflictError`. */
  respond(runId: string, requestId: string, answer: HumanAnswer, options: MutationOptions): Promise<RespondResult> {
    return this.#call('runs.respond', { runId, requestId, answer }, options);
  }

  /** Asks Duvo to stop a run. A no-op while the run is not running: look at it to see what came of it. */
  stop(runId: string, options: MutationOptions): Promise<StopResult> {
    return this.#call('runs.stop', { runId }, options);
  }
}

function listUnsupportedError(answer: DuvoError, reached: 'no' | 'yes'): DuvoNotSupportedError {
  const { operation, method, path, status, code, requestId } = answer;
  const facts = { operation, method, path, status, code, requestId, reached };
  return new DuvoNotSupportedError(facts, 'this Duvo does not list runs: look at each run by its id');
}
