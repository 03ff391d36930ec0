import type { OperationName } from '../operations';
import type { DialectName } from './dialect';
import { v1 } from './v1';
import { v2 } from './v2';

/** How an operation is reached in each dialect that has it: method and path template. */
export function endpointsByDialect(name: OperationName): Partial<Record<DialectName, string>> {
  const endpoints: Partial<Record<DialectName, string>> = {};
  for (const dialect of [v1, v2('')]) {
    const operation = dialect.operations[name];
    if (operation) endpoints[dialect.name] = `${operation.method} ${operation.path}`;
  }
  return endpoints;
}
