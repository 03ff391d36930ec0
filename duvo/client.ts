import { Agents } from './resources/agents';
import type { Call } from './http/call';
import { Caller } from './http/http-transport';
import type { Dialect, DialectName, Spelling } from './dialects/dialect';
import { v1 } from './dialects/v1';
import { v2 } from './dialects/v2';
import { checkObject } from './check';
import { chooseCredentials } from './auth/choose-credentials';
import { openConnections } from './http/connections';
import type { Deprecation } from './http/deprecations';
import { DuvoDialectError } from './errors/errors';
import { withExtraFields } from './model/extra-field-names';
import { callHosted } from './mcp/hosted-tools';
import type { UploadFileInput } from './model';
import { type Input, OPERATIONS, type OperationName, type Output } from './operations';
import type { About, Operation } from './operation';
import { type DuvoClientOptions, readOptions, type Settings } from './options';
import { Cases, Queues } from './resources/queues';
import { inputError, mutation, nothingSent, readRequest } from './http/request';
import { Runs } from './resources/runs';
import { Sandboxes } from './resources/sandboxes';
import { Tools } from './resources/tools';
import { Uploads } from './uploads/uploads';

/**
 * A client of the Duvo API. It never retries (but see `Runs`), never logs, and holds at most `maxConnections`
 * connections, which it keeps open: make one for each process and key, and close it at the end.
 *
 * @throws DuvoInputError from the constructor, when an option is wrong or the key cannot be read
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
  readonly #caller: Caller;
  readonly #operations: SpelledOperations;
  readonly #open: boolean;
  readonly #uploads: Uploads;

  constructor(options: DuvoClientOptions) {
    const settings = readOptions(options);
    const connections = openConnections(settings);
    this.#caller = new Caller(settings, chooseCredentials(options, settings, connections), connections);
    const dialect = dialectOf(settings);
    this.dialect = dialect.name;
    this.#operations = operationsOf(dialect);
    this.#open = dialect.open;
    this.#uploads = new Uploads(this.#caller, this.call);
    this.agents = new Agents(this.call);
    this.runs = new Runs(this.call);
    this.queues = new Queues(this.call);
    this.cases = new Cases(this.call);
    this.sandboxes = new Sandboxes(this.call);
    this.tools = new Tools(this.call);
  }

  /** Makes one call by its name; the resources' methods are this with types and words. @throws DuvoError */
  readonly call: Call = async (name, input, options = {}) => {
    const operation = this.#operation(name);
    const { check, mutates } = OPERATIONS[name];
    checkObject(operation, 'input', input);
    check(operation, input);
    const ids = operation.ids?.(input) ?? {};
    const { idempotencyKey = '', signal } = options ?? {};
    const { extraFields } = input as { extraFields?: unknown };
    const known = operation.body?.(input);
    const body = known && withExtraFields(operation, this.#open, known, extraFields);
    const request = mutates
      ? mutation(operation, ids, body, idempotencyKey)
      : readRequest(operation, ids, operation.query?.(input));
    const { hosted } = operation;
    if (hosted) return callHosted(this.#caller, { ...operation, hosted }, input, request, options ?? {});
    if (name !== 'sandboxes.uploadFile') return this.#caller.call(operation, input, request, signal);
    const upload = operation as unknown as Spelled<'sandboxes.uploadFile'>;
    const sent = this.#uploads.send(upload, input as UploadFileInput, request, { idempotencyKey, signal });
    return sent;
  };

  /** The paths that Duvo has said are deprecated, in answers to this client. */
  deprecations(): Deprecation[] {
    return this.#caller.deprecations();
  }

  /** Closes the connections, after the calls in flight. Later calls fail with a `DuvoConnectionError`. */
  close(): Promise<void> {
    return this.#caller.close();
  }

  #operation<N extends OperationName>(name: N): Spelled<N> {
    const operation = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (operation) return operation;
    const about: About = { name, method: '', path: '' };
    if (!Object.hasOwn(OPERATIONS, name)) throw inputError(about, 'name', 'is not an operation of the API');
    const other = this.dialect === 'v1' ? 'v2 (DUVO_API_VERSION=v2, with DUVO_TEAM_ID)' : 'v1';
    throw new DuvoDialectError(nothingSent(about), `dialect ${this.dialect} does not have it: speak ${other}`);
  }
}

type Spelled<N extends OperationName> = Operation<Output<N>, Input<N>> & Spelling<N>;
type SpelledOperations = { readonly [N in OperationName]?: Spelled<N> };

function operationsOf({ operations }: Dialect): SpelledOperations {
  const named = Object.entries(operations).map(
    ([name, spelling]) => [name, { ...spelling, name, scope: OPERATIONS[name as OperationName].scope }] as const,
  );
  return Object.fromEntries(named);
}

function dialectOf({ version, teamId }: Settings): Dialect {
  return version === 'v2' ? v2(teamId ?? '') : v1;
}
