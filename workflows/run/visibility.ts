import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { CancelOutcome } from '../../contract/runs';
import type { Gate, GateSummary } from '../../contract/gates';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import { formatGateLine } from './current-details';
import { type GateBook, listOpenGates } from '../gates/gate-book';
import type { RunMemory } from './run-machine';

const MAX_TITLE_CHARS = 200;

const AGENT_ID = defineSearchAttributeKey(SearchAttributes.agentId, 'KEYWORD');
const RUN_ID = defineSearchAttributeKey(SearchAttributes.runId, 'KEYWORD');
const OPEN_GATES = defineSearchAttributeKey(SearchAttributes.openGates, 'INT');
const GATE_DUE = defineSearchAttributeKey(SearchAttributes.gateDue, 'DATETIME');

/** A search attribute's value ends at 255 characters on SQL; ids beyond that are not found by, rather than fatal. */
const indexableOrNull = (id: string | undefined) => (id !== undefined && id.length <= 255 ? id : null);

/** Makes the run findable by its ids. One event. */
export function upsertRunIds(agentId: string | undefined, runId: string | undefined): void {
  upsertSearchAttributes([
    ...(agentId ? [{ key: AGENT_ID, value: indexableOrNull(agentId) }] : []),
    { key: RUN_ID, value: indexableOrNull(runId) },
  ]);
}

/**
 * Makes the open gates findable (search attributes) and readable (memo). Call it when they changed: each of both is an
 * event and a write to visibility, so the memo of a run without open gates is left as it is.
 */
export function upsertOpenGates(book: GateBook): void {
  const open = listOpenGates(book).map(({ gate }) => gate);
  const dues = open.flatMap(({ due }) => (due ? [due] : [])).sort();
  upsertSearchAttributes([
    { key: OPEN_GATES, value: open.length },
    { key: GATE_DUE, value: dues[0] ? new Date(dues[0]) : null },
  ]);
  if (open.length > 0) upsertMemo({ [MemoKeys.gates]: open.map(toSummary) });
}

/** What is shown of the open gates, to tell when it changes. */
export function openGatesFingerprint(book: GateBook): string {
  return listOpenGates(book)
    .map(({ gate }) => `${gate.ref} ${gate.due ?? ''}`)
    .join('\n');
}

/** What came of a cancel, for those who ask after the workflow has closed: a canceled workflow has no result. */
export function upsertCancelOutcome(verdict: CancelOutcome): void {
  upsertMemo({ [MemoKeys.cancel]: verdict });
}

/** What Temporal's own UI shows of the run: markdown, without people's texts. Costs no event. */
export function setRunDetails(memory: RunMemory): void {
  const gates = memory.gates.map(({ gate }) => formatGateLine(gate));
  setCurrentDetails(
    [
      `**Duvo run** \`${memory.runId ?? 'not started'}\`: ${memory.status}`,
      ...(gates.length ? ['', '**Gates**', ...gates] : []),
    ].join('\n'),
  );
}

function toSummary({ gateId, ref, source, type, title, openedAt, due }: Gate): GateSummary {
  return { gateId, ref, source, type, title: title.slice(0, MAX_TITLE_CHARS), openedAt, ...(due && { due }) };
}
