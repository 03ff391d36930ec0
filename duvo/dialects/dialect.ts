import type { Hosted } from '../mcp/hosted-tools';
import type { Input, OperationName, Output } from '../operations';
import type { JsonObject, Operation } from '../operation';
import type { Query } from '../http/request';

export type DialectName = 'v1' | 'v2';

/** How a dialect spells an operation on the wire. */
export interface Spelling<N extends OperationName> extends Pick<
  Operation<Output<N>, Input<N>>,
  'method' | 'path' | 'mayBeEmpty' | 'read'
> {
  /** What the path's placeholders stand for. */
  ids?: (input: Input<N>) => Record<string, string>;
  query?: (input: Input<N>) => Query;
  /** Names every field that may be sent: one that is not to be sent is `undefined`. */
  body?: (input: Input<N>) => JsonObject;
  /** Not one exchange, but a session with the hosted MCP server. */
  hosted?: Hosted;
}

/** A dialect of the API; an operation that it does not have is left out. */
export interface Dialect {
  name: DialectName;
  /** Its document leaves bodies open, so a caller's further fields may stand beside the known ones. */
  open: boolean;
  operations: { readonly [N in OperationName]?: Spelling<N> };
}
