import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Gate, GateSummary } from '../../contract/gates';
import { cutText } from '../../contract/text/cut-text';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import { type GateBook, listOpenGates } from './gate-book';

const MAX_TITLE_CHARS = 200;

const OPEN_GATES = defineSearchAttributeKey(SearchAttributes.openGates, 'INT');
const GATE_DUE = defineSearchAttributeKey(SearchAttributes.gateDue, 'DATETIME');

/** The sections of this workflow's details, by heading. Each workflow has its own copy of a bundle's module state. */
const sections: Record<string, string[]> = {};

/**
 * Makes the open gates searchable (search attributes) and readable (memo). The caller calls it only when the open gates
 * have changed, because each of the two writes is an event in the history. The memo stays as it is when no gate is open.
 */
export function upsertOpenGates(book: GateBook): void {
  const open = listOpenGates(book).map(({ gate }) => gate);
  const dueTimes = open.flatMap(({ due }) => (due ? [due] : [])).sort();
  upsertSearchAttributes([
    { key: OPEN_GATES, value: open.length },
    { key: GATE_DUE, value: dueTimes[0] ? new Date(dueTimes[0]) : null },
  ]);
  if (open.length > 0) upsertMemo({ [MemoKeys.gates]: open.map(toSummary) });
}

/** Returns a text that changes whenever {@link upsertOpenGates} would write something new. */
export function openGatesFingerprint(book: GateBook): string {
  return listOpenGates(book)
    .map(({ gate }) => `${gate.ref} ${gate.due ?? ''}`)
    .join('\n');
}

/**
 * Shows lines of markdown under a heading in Temporal's UI, below the headings that were set before. It adds no event to
 * the history.
 */
export function setDetailsSection(heading: string, lines: string[]): void {
  sections[heading] = [`**${heading}**`, ...lines];
  setCurrentDetails(
    Object.values(sections)
      .map((section) => section.join('\n'))
      .join('\n\n'),
  );
}

/** Returns a gate as one line of markdown, without people's texts. */
export function formatGateLine({ type, gateId, status, openedAt, outcome, at }: Gate): string {
  return `- ${type} \`${gateId}\`: ${status === 'open' ? `open since ${openedAt}` : `${outcome} at ${at}`}`;
}

function toSummary({ gateId, ref, source, type, title, openedAt, due }: Gate): GateSummary {
  return { gateId, ref, source, type, title: cutText(title, MAX_TITLE_CHARS), openedAt, ...(due && { due }) };
}
