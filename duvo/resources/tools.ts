import type { CallToolInput, Tool, ToolResult } from '../model';
import type { Call, CallOptions, MutationOptions, ToolCallOptions } from '../model/operation-types';

/** Tools of Duvo's hosted MCP server. Each method opens one session and throws `DuvoError`. */
export class Tools {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Iterates over all tools. */
  async *list(options?: CallOptions): AsyncGenerator<Tool, void, undefined> {
    yield* await this.#call('tools.list', {}, options);
  }

  /** Runs a tool. When the tool itself fails, the call returns a result with `isError`. */
  call(input: CallToolInput, options: MutationOptions & ToolCallOptions): Promise<ToolResult> {
    return this.#call('tools.call', input, options);
  }
}
