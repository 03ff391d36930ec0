import { chooseCredentials, type CredentialOptions } from './auth/choose-credentials';
import { checkObject } from './check-arguments';
import type { DialectName, WireOperation } from './dialects/dialect';
import { type DialectOptions, selectDialect } from './dialects/select-dialect';
import { DuvoNotInDialectError } from './errors/error-classes';
import { inputError, notSentFacts } from './errors/input-error';
import { openConnections } from './http/connections';
import type { Deprecation } from './http/deprecation-log';
import { type HttpOptions, readHttpOptions } from './http/http-options';
import { HttpTransport } from './http/http-transport';
import { buildMutationRequest, buildReadRequest, withExtraFields } from './http/request';
import { callHostedOperation } from './mcp/hosted-operation';
import type { UploadFileInput } from './model';
import type { Operation } from './model/operation';
import type { Call, OperationInput, OperationName, OperationOutput } from './model/operation-types';
import { OPERATIONS } from './operations';
import { Agents } from './resources/agents';
import { Cases, Queues } from './resources/queues';
import { Runs } from './resources/runs';
import { Sandboxes } from './resources/sandboxes';
import { Tools } from './resources/tools';
import { FileUploader } from './uploads/file-uploader';

/** Credentials, dialect and HTTP options of a client. Exactly one of `apiKey`, `apiKeyFile` and `oauth` is required. */
export interface DuvoClientOptions extends CredentialOptions, DialectOptions, HttpOptions {}

/**
 * A client of the Duvo API. The client sends each request once and never retries; the only exception is one more request
 * after a 401, when there is a fresh credential. It never logs. It keeps up to `maxConnections` connections open: create
 * one client for each process and key, and close it at the end.
 *
 * @throws DuvoInvalidInputError from the constructor, when an option is wrong or the key cannot be read
 */
export class DuvoClient {
  /** The dialect of the API that this client uses. */
  readonly dialect: DialectName;
  readonly agents: Agents;
  readonly runs: Runs;
  readonly queues: Queues;
  readonly cases: Cases;
  readonly sandboxes: Sandboxes;
  readonly tools: Tools;
  readonly #transport: HttpTransport;
  readonly #operations: { readonly [N in OperationName]?: WireOperation<N> };
  readonly #allowsExtraFields: boolean;
  readonly #uploads: FileUploader;

  constructor(options: DuvoClientOptions) {
    const settings = readHttpOptions(options);
    const dialect = selectDialect(options);
    const connections = openConnections(settings);
    this.#transport = new HttpTransport(settings, chooseCredentials(options, settings, connections), connections);
    this.dialect = dialect.name;
    this.#operations = dialect.operations;
    this.#allowsExtraFields = dialect.allowsExtraFields;
    this.#uploads = new FileUploader(this.#transport, this.call);
    this.agents = new Agents(this.call);
    this.runs = new Runs(this.call);
    this.queues = new Queues(this.call);
    this.cases = new Cases(this.call);
    this.sandboxes = new Sandboxes(this.call);
    this.tools = new Tools(this.call);
  }

  /** Calls an operation by its name. Each resource method is a typed form of this method. @throws DuvoError */
  readonly call: Call = async (name, input, options = {}) => {
    const operation = this.#getOperation(name);
    const { check, mutates } = OPERATIONS[name];
    checkObject(operation, 'input', input);
    check(operation, input);
    const ids = operation.ids?.(input) ?? {};
    const { idempotencyKey = '', signal } = options ?? {};
    const { extraFields } = input as { extraFields?: unknown };
    const knownFields = operation.body?.(input);
    const body = knownFields && withExtraFields(operation, this.#allowsExtraFields, knownFields, extraFields);
    const request = mutates
      ? buildMutationRequest(operation, ids, body, idempotencyKey)
      : buildReadRequest(operation, ids, operation.query?.(input));
    const { mcpCall } = operation;
    if (mcpCall) return callHostedOperation(this.#transport, { ...operation, mcpCall }, input, request, options ?? {});
    if (name !== 'sandboxes.uploadFile') return this.#transport.call(operation, input, request, signal);
    const upload = operation as unknown as CallableOperation<'sandboxes.uploadFile'>;
    return this.#uploads.send(upload, input as UploadFileInput, request, { idempotencyKey, signal });
  };

  /**
   * Checks that the dialect has an operation, before another operation has an effect that only this one can follow.
   *
   * @throws DuvoNotInDialectError
   */
  requireOperation(name: OperationName): void {
    this.#getOperation(name);
  }

  /** The paths that responses to this client have marked as deprecated. */
  deprecations(): Deprecation[] {
    return this.#transport.deprecations();
  }

  /** Closes the connections after the calls in flight have ended. Later calls fail with a `DuvoConnectionError`. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * Closes the connections at once. The calls in flight, and later calls, fail with a `DuvoConnectionError`, whose `reached`
   * says whether the request may have arrived.
   */
  destroy(): Promise<void> {
    return this.#transport.destroy();
  }

  #getOperation<N extends OperationName>(name: N): CallableOperation<N> {
    const operation = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (operation) return { ...operation, name, scope: OPERATIONS[name].scope };
    const about = { name, method: '', path: '' };
    if (!Object.hasOwn(OPERATIONS, name)) throw inputError(about, 'name', 'is not an operation of the API');
    const fix = this.dialect === 'v1' ? 'v2 (DUVO_API_DIALECT=v2 and DUVO_TEAM_ID)' : 'v1 (DUVO_API_DIALECT=v1)';
    const note = `dialect ${this.dialect} does not have this operation: use dialect ${fix}`;
    throw new DuvoNotInDialectError(notSentFacts(about), note);
  }
}

type CallableOperation<N extends OperationName> = Operation<OperationOutput<N>, OperationInput<N>> & WireOperation<N>;
