import type { QueryParameters } from '../http/request';
import type { McpCall } from '../mcp/hosted-operation';
import type { JsonObject, Operation } from '../model/operation';
import type { OperationInput, OperationName, OperationOutput } from '../model/operation-types';

export type DialectName = 'v1' | 'v2';

/** How a dialect spells an operation on the wire. */
export interface WireOperation<N extends OperationName> extends Pick<
  Operation<OperationOutput<N>, OperationInput<N>>,
  'method' | 'path' | 'mayBeEmpty' | 'read'
> {
  /** What the path's placeholders stand for. */
  ids?: (input: OperationInput<N>) => Record<string, string>;
  query?: (input: OperationInput<N>) => QueryParameters;
  /** Names every field that may be sent: one that is not to be sent is `undefined`. */
  body?: (input: OperationInput<N>) => JsonObject;
  /** Not one exchange, but a session with the hosted MCP server. */
  mcpCall?: McpCall;
}

/** A dialect of the API; an operation that it does not have is left out. */
export interface Dialect {
  name: DialectName;
  /** Its document leaves bodies open, so a caller's further fields may stand beside the known ones. */
  allowsExtraFields: boolean;
  operations: { readonly [N in OperationName]?: WireOperation<N> };
}
