import type { ListedGate } from '../../client';

/** The filters of the list, as the query of its URL has them. */
export interface GateFilter {
  /** Words that the gate's texts, ids and people must all have. */
  q?: string;
  process?: string;
  agent?: string;
  batch?: string;
}

/** Returns the gates that fit, those that are due first at the beginning. */
export function filterGates(gates: ListedGate[], { q = '', process, agent, batch }: GateFilter): ListedGate[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return gates
    .filter(
      (gate) =>
        (!process || gate.processType === process) &&
        (!agent || gate.agentId === agent) &&
        (!batch || gate.batchId === batch) &&
        hasWords(gate, words),
    )
    .sort((one, other) => compare(sortKey(one), sortKey(other)));
}

/** Returns the values by which the list can be filtered. */
export function listFilterValues(gates: ListedGate[]): { processes: string[]; agents: string[] } {
  return {
    processes: sortedSet(gates.map((gate) => gate.processType)),
    agents: sortedSet(gates.map((gate) => gate.agentId)),
  };
}

function hasWords(gate: ListedGate, words: string[]): boolean {
  if (words.length === 0) return true;
  const { title, ref, processType, agentId, batchId, approvers, answeredBy } = gate;
  const text = [title, ref, processType, agentId, batchId, approvers, answeredBy].flat().join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Gates without a due time follow those with one, the longest open first. */
function sortKey({ due, openedAt }: ListedGate): string {
  return due ? `0 ${due}` : `1 ${openedAt}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sortedSet(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort();
}
