import type { DuvoError, DuvoErrorFacts } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';

const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;

/** Message of a server that does not know the tool. The protocol has no error code for this case. */
const UNKNOWN_TOOL = /^(MCP error -\d+: )?(unknown tool\b|tool \S+ not found)/i;

/**
 * Converts an error of the MCP client: an error in the JSON-RPC response, or a response that the client cannot read. The
 * original message is not shown, since it may repeat the arguments of the tool.
 */
export function mcpError(error: unknown, facts: Omit<DuvoErrorFacts, 'reached'>): DuvoError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== 'number') return mcpContractError(facts, code === 'INVALID_RESULT' ? 'result' : 'body');
  const errorFacts = { ...facts, code: String(code) };
  const isUnknownTool = code === METHOD_NOT_FOUND || UNKNOWN_TOOL.test(String(message));
  if (isUnknownTool)
    return duvoError('not-found', { ...errorFacts, reached: 'yes' }, 'Duvo has no such tool: list the tools');
  if (code === INVALID_PARAMS) {
    const note = 'Duvo finds the arguments invalid: compare them with the inputSchema of the tool';
    return duvoError('invalid-request', { ...errorFacts, field: 'arguments', reached: 'yes' }, note);
  }
  return duvoError('refused', { ...errorFacts, reached: 'maybe' }, 'the MCP server of Duvo refuses the request');
}

export function mcpContractError(
  facts: Omit<DuvoErrorFacts, 'reached'>,
  field: string,
  problem = 'cannot be read',
): DuvoError {
  const note = `the response is not what the protocol (MCP) promises: ${field} ${problem}`;
  return duvoError('contract-violation', { ...facts, field, reached: 'maybe' }, note);
}
