import { optionError } from '../errors/input-error';
import type { OperationName } from '../model/operation-types';
import type { Dialect, DialectName } from './dialect';
import { v1 } from './v1';
import { v2 } from './v2';

export interface DialectOptions {
  /** The dialect of the API that the client uses. @default 'v1' */
  dialect?: DialectName;
  /** The id of the team whose agents, runs and queues the client uses. Required for `v2`, ignored for `v1`. */
  teamId?: string;
}

/** @throws DuvoInvalidInputError for an unknown dialect, and for `v2` without a team */
export function selectDialect({ dialect = 'v1', teamId }: DialectOptions): Dialect {
  if (dialect !== 'v1' && dialect !== 'v2') throw optionError('dialect', 'must be v1 or v2: check DUVO_API_DIALECT');
  if (dialect === 'v1') return v1;
  if (typeof teamId !== 'string' || !/^[\w-]+$/.test(teamId)) {
    throw optionError('teamId', 'must be the id of a team for dialect v2: set DUVO_TEAM_ID');
  }
  return v2(teamId);
}

/** Returns the method and the path template of an operation in each dialect that has the operation. */
export function endpointsByDialect(name: OperationName): Partial<Record<DialectName, string>> {
  const endpoints: Partial<Record<DialectName, string>> = {};
  for (const dialect of [v1, v2('')]) {
    const operation = dialect.operations[name];
    if (operation) endpoints[dialect.name] = `${operation.method} ${operation.path}`;
  }
  return endpoints;
}
