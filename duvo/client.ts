import { Agents } from './resources/agents';
import type { Call } from './http/call';
import { HttpTransport } from './http/http-transport';
import type { Dialect, DialectName, WireOperation } from './dialects/dialect';
import { v1 } from './dialects/v1';
import { v2 } from './dialects/v2';
import { checkObject } from './check-arguments';
import { chooseCredentials } from './auth/choose-credentials';
import { openConnections } from './http/connections';
import type { Deprecation } from './http/deprecation-log';
import { DuvoNotInDialectError } from './errors/error-classes';
import { withExtraFields } from './model/extra-field-names';
import { callHostedOperation } from './mcp/hosted-tools';
import type { UploadFileInput } from './model';
import { type OperationInput, OPERATIONS, type OperationName, type OperationOutput } from './operations';
import type { OperationInfo, Operation } from './operation';
import { type DuvoClientOptions, readOptions, type ClientSettings } from './options';
import { Cases, Queues } from './resources/queues';
import { inputError, buildMutationRequest, notSentFacts, buildReadRequest } from './http/request';
import { Runs } from './resources/runs';
import { Sandboxes } from './resources/sandboxes';
import { Tools } from './resources/tools';
import { FileUploader } from './uploads/file-uploader';

/**
 * A client of the Duvo API. It never retries (but see `Runs`), never logs, and holds at most `maxConnections`
 * connections, which it keeps open: make one for each process and key, and close it at the end.
 *
 * @throws DuvoInvalidInputError from the constructor, when an option is wrong or the key cannot be read
 */
export class DuvoClient {
  /** The dialect that is spoken. */
  readonly dialect: DialectName;
  readonly agents: Agents;
  readonly runs: Runs;
  readonly queues: Queues;
  readonly cases: Cases;
  readonly sandboxes: Sandboxes;
  readonly tools: Tools;
  readonly #transport: HttpTransport;
  readonly #operations: DialectOperations;
  readonly #allowsExtraFields: boolean;
  readonly #uploads: FileUploader;

  constructor(options: DuvoClientOptions) {
    const settings = readOptions(options);
    const connections = openConnections(settings);
    this.#transport = new HttpTransport(settings, chooseCredentials(options, settings, connections), connections);
    const dialect = dialectOf(settings);
    this.dialect = dialect.name;
    this.#operations = operationsOf(dialect);
    this.#allowsExtraFields = dialect.allowsExtraFields;
    this.#uploads = new FileUploader(this.#transport, this.call);
    this.agents = new Agents(this.call);
    this.runs = new Runs(this.call);
    this.queues = new Queues(this.call);
    this.cases = new Cases(this.call);
    this.sandboxes = new Sandboxes(this.call);
    this.tools = new Tools(this.call);
  }

  /** Makes one call by its name; the resources' methods are this with types and words. @throws DuvoError */
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
    const upload = operation as unknown as DialectOperation<'sandboxes.uploadFile'>;
    const sent = this.#uploads.send(upload, input as UploadFileInput, request, { idempotencyKey, signal });
    return sent;
  };

  /** The paths that Duvo has said are deprecated, in answers to this client. */
  deprecations(): Deprecation[] {
    return this.#transport.deprecations();
  }

  /** Closes the connections, after the calls in flight. Later calls fail with a `DuvoConnectionError`. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #getOperation<N extends OperationName>(name: N): DialectOperation<N> {
    const operation = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (operation) return operation;
    const about: OperationInfo = { name, method: '', path: '' };
    if (!Object.hasOwn(OPERATIONS, name)) throw inputError(about, 'name', 'is not an operation of the API');
    const other = this.dialect === 'v1' ? 'v2 (DUVO_API_DIALECT=v2, with DUVO_TEAM_ID)' : 'v1';
    throw new DuvoNotInDialectError(notSentFacts(about), `dialect ${this.dialect} does not have it: speak ${other}`);
  }
}

type DialectOperation<N extends OperationName> = Operation<OperationOutput<N>, OperationInput<N>> & WireOperation<N>;
type DialectOperations = { readonly [N in OperationName]?: DialectOperation<N> };

function operationsOf({ operations }: Dialect): DialectOperations {
  const named = Object.entries(operations).map(
    ([name, spelling]) => [name, { ...spelling, name, scope: OPERATIONS[name as OperationName].scope }] as const,
  );
  return Object.fromEntries(named);
}

function dialectOf({ dialect, teamId }: ClientSettings): Dialect {
  return dialect === 'v2' ? v2(teamId ?? '') : v1;
}
