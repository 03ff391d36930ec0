import type { QueryParameters } from '../http/request';
import type { McpCall } from '../mcp/hosted-operation';
import type { JsonObject, Operation } from '../model/operation';
import type { OperationInput, OperationName, OperationOutput } from '../model/operation-types';

export type DialectName = 'v1' | 'v2';

/** The wire form of an operation in one dialect. */
export interface WireOperation<N extends OperationName> extends Pick<
  Operation<OperationOutput<N>, OperationInput<N>>,
  'method' | 'path' | 'mayBeEmpty' | 'read'
> {
  /** Returns the values of the placeholders in the path. */
  ids?: (input: OperationInput<N>) => Record<string, string>;
  query?: (input: OperationInput<N>) => QueryParameters;
  /** Returns the body with a key for every field that may be sent. A field that is not sent is `undefined`. */
  body?: (input: OperationInput<N>) => JsonObject;
  /** Set for an operation of the hosted MCP server, which needs a session instead of one request. */
  mcpCall?: McpCall;
}

/** A dialect of the API. An operation that the dialect does not have is absent from `operations`. */
export interface Dialect {
  name: DialectName;
  /** Whether request bodies are open, so that a caller may send extra fields. */
  allowsExtraFields: boolean;
  operations: { readonly [N in OperationName]?: WireOperation<N> };
}
