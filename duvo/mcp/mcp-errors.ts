import type { DuvoError, DuvoErrorFacts } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';

const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;

/** How servers say that they do not know a tool; the protocol has no code of its own for it. */
const UNKNOWN_TOOL = /^(MCP error -\d+: )?(unknown tool\b|tool \S+ not found)/i;

/**
 * The error of what the MCP client threw: an error of the JSON-RPC answer, or an answer that it cannot read. Its message
 * is not shown, since it may echo the arguments.
 */
export function mcpError(error: unknown, facts: Omit<DuvoErrorFacts, 'reached'>): DuvoError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== 'number') return mcpContractError(facts, code === 'INVALID_RESULT' ? 'result' : 'body');
  const errorFacts = { ...facts, code: String(code) };
  const isUnknownTool = code === METHOD_NOT_FOUND || UNKNOWN_TOOL.test(String(message));
  if (isUnknownTool)
    return duvoError('not-found', { ...errorFacts, reached: 'yes' }, 'Duvo has no such tool: list the tools');
  if (code === INVALID_PARAMS) {
    const note = 'Duvo finds the arguments invalid: check them against inputSchema of the tool';
    return duvoError('invalid-request', { ...errorFacts, field: 'arguments', reached: 'yes' }, note);
  }
  return duvoError('refused', { ...errorFacts, reached: 'maybe' }, 'the MCP server of Duvo refuses the request');
}

export function mcpContractError(facts: Omit<DuvoErrorFacts, 'reached'>, field: string): DuvoError {
  const note = `the answer is not what the protocol (MCP) promises: ${field} is missing or wrong`;
  return duvoError('contract-violation', { ...facts, field, reached: 'maybe' }, note);
}
