import { setTimeout as sleep } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTE_TYPES, type SearchAttributeTypeName } from './search-attribute-types';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import { type AttributeConnection, probeSearchAttribute } from './probe-search-attribute';

export interface SearchAttributeOptions {
  namespace: string;
  /** `register` registers missing search attributes; `check` throws when one is missing. @default 'register' */
  mode?: 'register' | 'check';
  /** Types of the search attributes, by name. @default SEARCH_ATTRIBUTE_TYPES */
  attributes?: Readonly<Record<string, SearchAttributeTypeName>>;
  /** Time limit for a registered search attribute to become usable in queries, in milliseconds. @default 30_000 */
  visibilityTimeoutMs?: number;
}

export interface SearchAttributeReport {
  /** Names of the search attributes that this call registered. */
  registered: string[];
}

/** The namespace lacks search attributes that workflows set. The message contains the commands that create them. */
export class SearchAttributeError extends Error {
  override readonly name = 'SearchAttributeError';

  constructor(
    message: string,
    readonly namespace: string,
    /** Commands for an administrator, one for each search attribute. */
    readonly commands: string[],
    cause?: unknown,
  ) {
    super([`search attributes of the namespace ${namespace}: ${message}`, ...commands].join('\n  '), { cause });
  }
}

const IndexedValueType = temporal.api.enums.v1.IndexedValueType;

/** `Keyword` → INDEXED_VALUE_TYPE_KEYWORD, `KeywordList` → INDEXED_VALUE_TYPE_KEYWORD_LIST */
function toIndexedType(type: SearchAttributeTypeName): number {
  const name = type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return IndexedValueType[`INDEXED_VALUE_TYPE_${name}` as keyof typeof IndexedValueType];
}

function toTypeName(type: number): string {
  const name = (IndexedValueType[type] ?? 'unknown').replace('INDEXED_VALUE_TYPE_', '').toLowerCase();
  return name.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Returns the command that creates a search attribute. */
export function createAttributeCommand(namespace: string, name: string, type: string): string {
  return `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`;
}

/**
 * Registers missing search attributes in the namespace, or checks that none is missing. A worker does so before it runs,
 * since a workflow that sets an unregistered search attribute hangs in its task until somebody registers it.
 *
 * @throws SearchAttributeError when a search attribute is missing and cannot be registered, or has another type
 */
export async function ensureSearchAttributes(
  connection: AttributeConnection,
  options: SearchAttributeOptions,
): Promise<SearchAttributeReport> {
  const { namespace, mode = 'register', attributes = SEARCH_ATTRIBUTE_TYPES, visibilityTimeoutMs = 30_000 } = options;
  const missing = await findMissingAttributes(connection, namespace, attributes);
  if (missing.length === 0) return { registered: [] };
  const commands = missing.map((name) => createAttributeCommand(namespace, name, attributes[name] as string));
  if (mode === 'check')
    throw new SearchAttributeError('some are missing. As an administrator, run', namespace, commands);
  for (const name of missing) {
    const searchAttributes = { [name]: toIndexedType(attributes[name] as SearchAttributeTypeName) };
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch (error) {
      // Another worker registered it at the same time. The check below compares the type.
      if (grpcCode(error) === GrpcCodes.ALREADY_EXISTS) continue;
      throw new SearchAttributeError(
        `${missing.join(', ')} missing, and registering failed (${errorMessage(error)}). On Temporal Cloud, add them to the ` +
          'namespace in the UI or with tcld; elsewhere, as an administrator, run',
        namespace,
        commands,
        error,
      );
    }
  }
  const deadline = Date.now() + visibilityTimeoutMs;
  for (;;) {
    if (await areAllQueryable(connection, namespace, attributes)) {
      // Throws when another process registered one at the same time with another type.
      await findMissingAttributes(connection, namespace, attributes);
      return { registered: missing };
    }
    if (Date.now() > deadline) {
      throw new SearchAttributeError(
        `registered, but not visible after ${visibilityTimeoutMs / 1000} s. Start the worker again; if that does not help, run`,
        namespace,
        commands,
      );
    }
    await sleep(100);
  }
}

async function findMissingAttributes(
  connection: AttributeConnection,
  namespace: string,
  attributes: Readonly<Record<string, SearchAttributeTypeName>>,
): Promise<string[]> {
  const registeredTypes = await listCustomAttributes(connection, namespace);
  if (!registeredTypes) {
    // A credential without the right to list search attributes may still query by them.
    const found = await Promise.all(
      Object.entries(attributes).map(([name, type]) => probeSearchAttribute(connection, namespace, name, type)),
    );
    return Object.keys(attributes).filter((_name, index) => found[index] !== 'known');
  }
  const mistyped = Object.entries(attributes).filter(
    ([name, type]) => registeredTypes[name] !== undefined && registeredTypes[name] !== toIndexedType(type),
  );
  if (mistyped.length > 0) {
    const what = mistyped.map(
      ([name, type]) => `${name} is a ${toTypeName(registeredTypes[name] as number)} but must be ${type}`,
    );
    throw new SearchAttributeError(
      `${what.join('; ')}; as an administrator, replace them (their values are lost)`,
      namespace,
      mistyped.flatMap(([name, type]) => [
        `temporal operator search-attribute remove --namespace ${namespace} --name ${name}`,
        createAttributeCommand(namespace, name, type),
      ]),
    );
  }
  return Object.keys(attributes).filter((name) => registeredTypes[name] === undefined);
}

export function createNamespaceCommand(namespace: string): string {
  return `temporal operator namespace create --namespace ${namespace}`;
}

/** Returns the types of the namespace's custom search attributes, or undefined when the right to list them is missing. */
async function listCustomAttributes(
  connection: AttributeConnection,
  namespace: string,
): Promise<Record<string, number> | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes ?? {};
  } catch (error) {
    const code = grpcCode(error);
    if (code === GrpcCodes.NOT_FOUND) {
      throw new SearchAttributeError(
        'the namespace does not exist: check TEMPORAL_NAMESPACE, or create it with',
        namespace,
        [createNamespaceCommand(namespace)],
        error,
      );
    }
    const deniedCodes: number[] = [GrpcCodes.PERMISSION_DENIED, GrpcCodes.UNAUTHENTICATED, GrpcCodes.UNIMPLEMENTED];
    if (code !== undefined && deniedCodes.includes(code)) return undefined;
    throw error;
  }
}

async function areAllQueryable(
  connection: AttributeConnection,
  namespace: string,
  attributes: Readonly<Record<string, SearchAttributeTypeName>>,
): Promise<boolean> {
  for (const [name, type] of Object.entries(attributes)) {
    if ((await probeSearchAttribute(connection, namespace, name, type)) === 'unknown') return false;
  }
  return true;
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
