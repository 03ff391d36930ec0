import type { CallToolInput, Tool, ToolResult } from '../model';
import type { Call, CallOptions, MutationOptions, ToolCallOptions } from '../model/operation-types';

/** Tools of Duvo's hosted MCP server. Each method makes one session and throws `DuvoError`. */
export class Tools {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** All of them. */
  list(options?: CallOptions): Promise<Tool[]> {
    return this.#call('tools.list', {}, options);
  }

  /** Runs a tool. A tool that failed is a result too, with `isError`. */
  call(input: CallToolInput, options: MutationOptions & ToolCallOptions): Promise<ToolResult> {
    return this.#call('tools.call', input, options);
  }
}
