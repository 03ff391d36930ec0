import type { ConnectionLike } from '@temporalio/client';
import type { OperatorService } from '@temporalio/client';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import type { SearchAttributeTypeName } from './search-attribute-types';

/** The part of a connection that is used here; `NativeConnection` and `Connection` both have it. */
export type AttributeConnection = ConnectionLike & { operatorService: OperatorService };

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
 * Checks by a query whether the namespace knows a search attribute of this name and type. Needs only the right to list
 * workflows. Returns `unsupported` for a server without visibility, such as the time-skipping server.
 */
export async function probeSearchAttribute(
  { workflowService }: AttributeConnection,
  namespace: string,
  name: string,
  type: SearchAttributeTypeName,
): Promise<'known' | 'unknown' | 'unsupported'> {
  try {
    await workflowService.countWorkflowExecutions({ namespace, query: `${name} = ${PROBE_VALUES[type]}` });
    return 'known';
  } catch (error) {
    const code = grpcCode(error);
    if (code === GrpcCodes.INVALID_ARGUMENT) return 'unknown';
    if (code === GrpcCodes.UNIMPLEMENTED) return 'unsupported';
    throw error;
  }
}
