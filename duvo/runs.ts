import type { Caller } from './caller';
import { checkAnswer, checkId, checkObject, checkOptionalText, checkText, checkUrl, checkWhole } from './check';
import * as v1 from './dialects/v1';
import { DuvoCapabilityError } from './errors';
import { DuvoError } from './error';
import { DEFAULT_MESSAGE_PAGE, MAX_MESSAGE_PAGE, MAX_RUN_PAGE } from './limits';
import type {
  HumanAnswer,
  ListMessagesQuery,
  ListRunsQuery,
  Message,
  MessagePage,
  RunPage,
  RunView,
  StartRunInput,
  StopResult,
} from './model';
import { mutation, readRequest } from './request';

export interface CallOptions {
  /** Aborts the call and closes its socket. The call fails with a `DuvoAbortedError`. */
  signal?: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /** The same for every try of one logical request: 1–255 printable ASCII characters. */
  idempotencyKey: string;
}

/** Runs. Each method makes one HTTP request (two after a 401, when the key file has changed) and throws `DuvoError`. */
export class Runs {
  readonly #caller: Caller;
  #canList = true;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Starts a run. The run may still be pending. */
  async start(input: StartRunInput, options: MutationOptions): Promise<RunView> {
    const operation = v1.startRun;
    checkObject(operation, 'input', input);
    checkId(operation, 'agentId', input.agentId);
    checkOptionalText(operation, 'message', input.message);
    if (input.sandboxId !== undefined) checkId(operation, 'sandboxId', input.sandboxId);
    checkUrl(operation, 'webhookUrl', input.webhookUrl);
    const request = mutation(operation, {}, v1.startRunBody(input), options?.idempotencyKey);
    return this.#caller.call(operation, request, options.signal);
  }

  /** Looks at a run and what it asks of a person. */
  async get(runId: string, options: CallOptions = {}): Promise<RunView> {
    const operation = v1.getRun;
    checkId(operation, 'runId', runId);
    return this.#caller.call(operation, readRequest(operation, { run_id: runId }), options.signal);
  }

  /**
   * Lists runs, the newest first. Not every Duvo has it: after a 404 or 405 this and every later call of this client
   * fails with a `DuvoCapabilityError`, the later ones without a request.
   */
  async list(query: ListRunsQuery = {}, options: CallOptions = {}): Promise<RunPage> {
    const operation = v1.listRuns;
    if (!this.#canList) throw noList('no');
    checkWhole(operation, 'limit', query.limit, { min: 1, max: MAX_RUN_PAGE });
    checkWhole(operation, 'offset', query.offset, { min: 0 });
    for (const name of ['status', 'agentId', 'since'] as const) checkOptionalText(operation, name, query[name]);
    try {
      const request = readRequest(operation, {}, v1.listRunsParameters(query));
      return await this.#caller.call(operation, request, options.signal);
    } catch (error) {
      if (!(error instanceof DuvoError) || (error.status !== 404 && error.status !== 405)) throw error;
      this.#canList = false;
      throw noList('yes', error);
    }
  }

  /** One page of a run's messages, the oldest first. */
  async messages(runId: string, query: ListMessagesQuery = {}, options: CallOptions = {}): Promise<MessagePage> {
    const operation = v1.listMessages;
    checkId(operation, 'runId', runId);
    checkWhole(operation, 'limit', query.limit, { min: 1, max: MAX_MESSAGE_PAGE });
    checkWhole(operation, 'offset', query.offset, { min: 0 });
    const { limit, offset } = query;
    const request = readRequest(operation, { run_id: runId }, { limit, offset });
    const page = await this.#caller.call(operation, request, options.signal);
    return { ...page, limit: page.limit ?? limit ?? DEFAULT_MESSAGE_PAGE, offset: page.offset ?? offset ?? 0 };
  }

  /** Sends a message to the agent; resumes a waiting, completed or interrupted run. */
  async postMessage(runId: string, text: string, options: MutationOptions): Promise<Message> {
    const operation = v1.postMessage;
    checkId(operation, 'runId', runId);
    checkText(operation, 'text', text);
    const request = mutation(operation, { run_id: runId }, v1.postMessageBody(text), options?.idempotencyKey);
    return this.#caller.call(operation, request, options.signal);
  }

  /** Answers a human request. Works only while the run is `waiting`: else a `DuvoConflictError`. */
  async respond(runId: string, requestId: string, answer: HumanAnswer, options: MutationOptions): Promise<void> {
    const operation = v1.respond;
    checkId(operation, 'runId', runId);
    checkId(operation, 'requestId', requestId);
    checkAnswer(operation, answer);
    const ids = { run_id: runId, request_id: requestId };
    const request = mutation(operation, ids, v1.respondBody(answer), options?.idempotencyKey);
    return this.#caller.call(operation, request, options.signal);
  }

  /** Asks Duvo to stop a run. A no-op while the run is not running: look at it to see what came of it. */
  async stop(runId: string, options: MutationOptions): Promise<StopResult> {
    const operation = v1.stopRun;
    checkId(operation, 'runId', runId);
    const request = mutation(operation, { run_id: runId }, undefined, options?.idempotencyKey);
    return this.#caller.call(operation, request, options.signal);
  }
}

/** Runs, as a shape that a stand-in can have too. One HTTP request for each call; two after a 401 of a changed key file. */
export type RunsApi = Pick<Runs, keyof Runs>;

function noList(reached: 'no' | 'yes', answer?: DuvoError): DuvoCapabilityError {
  const { name: operation, method, path } = v1.listRuns;
  const { status, code, requestId } = answer ?? {};
  const facts = { operation, method, path, status, code, requestId, reached };
  return new DuvoCapabilityError(facts, 'this Duvo does not list runs: look at each run by its id');
}
