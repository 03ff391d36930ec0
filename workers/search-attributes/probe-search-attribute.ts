import type { ConnectionLike } from '@temporalio/client';
import type { OperatorService } from '@temporalio/client';
import type { SearchAttributeTypeName } from './search-attribute-types';

/** What is needed of a connection: a `NativeConnection` and a `Connection` both have it. */
export type AttributeConnection = ConnectionLike & { operatorService: OperatorService };

export const GrpcCodes = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  UNIMPLEMENTED: 12,
  UNAUTHENTICATED: 16,
} as const satisfies Record<string, number>;

/** The gRPC status of an error of either kind of connection. */
export function grpcCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

const PROBE_VALUES: Record<SearchAttributeTypeName, string> = {
  Text: "'none'",
  Keyword: "'none'",
  KeywordList: "'none'",
  Int: '0',
  Double: '0.5',
  Bool: 'true',
  Datetime: "'2000-01-01T00:00:00Z'",
};

/**
 * Whether workflows can be found by a search attribute of this name and type. Needs no more than the right to list
 * workflows. `cannot say`: a server without visibility, as the time-skipping one.
 */
export async function probeSearchAttribute(
  { workflowService }: AttributeConnection,
  namespace: string,
  name: string,
  type: SearchAttributeTypeName,
): Promise<'known' | 'unknown' | 'cannot say'> {
  try {
    await workflowService.countWorkflowExecutions({ namespace, query: `${name} = ${PROBE_VALUES[type]}` });
    return 'known';
  } catch (error) {
    const code = grpcCode(error);
    if (code === GrpcCodes.INVALID_ARGUMENT) return 'unknown';
    if (code === GrpcCodes.UNIMPLEMENTED) return 'cannot say';
    throw error;
  }
}
