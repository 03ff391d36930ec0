import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { type GateSummary, toGateSummary } from '../../contract/gates/gate-summary';
import type { Gate } from '../../contract/gates/gates';
import { cutText, jsonBytes, takeWithinBytes } from '../../contract/text/cut-text';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import { type GateBook, listOpenGates } from './gate-book';

/** Length of the titles when the open gates do not fit into the memo otherwise. */
const SHORT_TITLE_CHARS = 40;

/**
 * Limit of the memo of open gates. Each gate that opens or closes writes the memo anew, and a page of a history, which has
 * up to 256 events, must not exceed the 4 MB of a message.
 */
const MAX_MEMO_BYTES = 30_000;

/** Limit of all memos of one workflow task. Temporal refuses a task whose commands have more than 4 MB together. */
const MAX_TASK_BYTES = 500_000;
/** Limit of the gates that Temporal's UI shows: the latest ones, closed ones included. */
const MAX_SHOWN_GATES = 100;

const OPEN_GATES = defineSearchAttributeKey(SearchAttributes.openGates, 'INT');
const GATE_DUE = defineSearchAttributeKey(SearchAttributes.gateDue, 'DATETIME');

/** The size of the memos that the workflow task of this history length has written. */
const writtenInTask = { historyLength: -1, bytes: 0 };

/** The sections of this workflow's details, by heading. Each workflow has its own copy of a bundle's module state. */
const sections: Record<string, string[]> = {};

/**
 * Makes the open gates searchable (search attributes) and readable (memo). The caller calls it only when the open gates
 * have changed, because each of the two writes is an event in the history. The memo stays as it is when no gate is open.
 * When it has fewer gates than the search attribute counts, the others did not fit: the query `gates` has them all.
 */
export function upsertOpenGates(book: GateBook): void {
  const open = listOpenGates(book).map(({ gate }) => gate);
  const dueTimes = open.flatMap(({ due }) => (due ? [due] : [])).sort();
  upsertSearchAttributes([
    { key: OPEN_GATES, value: open.length },
    { key: GATE_DUE, value: dueTimes[0] ? new Date(dueTimes[0]) : null },
  ]);
  if (open.length === 0) return;
  const summaries = takeWithinBytes(summarize(open), MAX_MEMO_BYTES);
  upsertMemo({ [MemoKeys.gates]: summaries });
  const { historyLength } = workflowInfo();
  const bytesBefore = writtenInTask.historyLength === historyLength ? writtenInTask.bytes : 0;
  Object.assign(writtenInTask, { historyLength, bytes: bytesBefore + jsonBytes(summaries) });
}

/** Whether this workflow task can write the open gates once more. */
export function canUpsertOpenGates(): boolean {
  const { historyLength, bytes } = writtenInTask;
  return historyLength !== workflowInfo().historyLength || bytes + MAX_MEMO_BYTES <= MAX_TASK_BYTES;
}

/** Returns a text that changes whenever {@link upsertOpenGates} would write something new. */
export function openGatesFingerprint(book: GateBook): string {
  return listOpenGates(book)
    .map(({ gate, changes = 0 }) => `${gate.ref} ${changes} ${gate.decisions?.length ?? ''} ${formatStatuses(gate)}`)
    .join('\n');
}

function formatStatuses({ notifications = [] }: Gate): string {
  return notifications.map(({ channel, status }) => `${channel}=${status}`).join();
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

/** Shows the latest gates in Temporal's UI. */
export function setGatesSection({ gates }: GateBook): void {
  setDetailsSection(
    'Gates',
    gates.slice(-MAX_SHOWN_GATES).map(({ gate }) => formatGateLine(gate)),
  );
}

/** Returns a gate as one line of markdown, without people's texts. */
function formatGateLine({ type, gateId, status, openedAt, outcome, at }: Gate): string {
  return `- ${type} \`${gateId}\`: ${status === 'open' ? `open since ${openedAt}` : `${outcome} at ${at}`}`;
}

function summarize(gates: Gate[]): GateSummary[] {
  const summaries = gates.map((gate) => toGateSummary(gate));
  if (jsonBytes(summaries) <= MAX_MEMO_BYTES) return summaries;
  return summaries.map(({ title, ...summary }) => ({ ...summary, title: cutText(title, SHORT_TITLE_CHARS, '…') }));
}
