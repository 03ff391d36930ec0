import type { Gate } from '../../contract/gates/gates';
import { cutText, jsonBytes } from '../../contract/text/cut-text';
import type { GateBook, GateRecord } from './gate-types';

/** Limits of a closed gate's texts. Long texts are only needed while somebody may answer. */
const MAX_DESCRIPTION_CHARS = 1_000;
const MAX_QUESTIONS_BYTES = 4_000;

/** Limit of each text of an old gate, once the closed gates have reached their limit. */
const MAX_OLD_TEXT_CHARS = 100;

/** Limit of all closed gates together, because a result, a failure and continue-as-new carry them in one payload. */
const MAX_CLOSED_BYTES = 400_000;

/**
 * Shortens a gate that was closed now. When the closed gates are too large together, the texts of the oldest ones are
 * cut, and then the oldest gates are left out. The history of the workflow has the whole answers.
 */
export function limitClosedGates(book: GateBook, closed: GateRecord): void {
  shorten(closed, MAX_DESCRIPTION_CHARS, MAX_QUESTIONS_BYTES);
  let bytes = book.gates.reduce((sum, { closedBytes = 0 }) => sum + closedBytes, 0);
  const old = book.gates.filter(({ closedBytes }) => closedBytes !== undefined);
  for (const record of old.filter(({ isShort }) => !isShort)) {
    if (bytes <= MAX_CLOSED_BYTES) return;
    bytes -= record.closedBytes ?? 0;
    shortenOld(record);
    bytes += record.closedBytes ?? 0;
  }
  const omitted = new Set<GateRecord>();
  for (const record of old) {
    if (bytes <= MAX_CLOSED_BYTES) break;
    bytes -= record.closedBytes ?? 0;
    omitted.add(record);
  }
  if (omitted.size === 0) return;
  book.gates = book.gates.filter((record) => !omitted.has(record));
  book.omittedGates = (book.omittedGates ?? 0) + omitted.size;
  for (const { gate } of omitted) book.omittedIds?.push(gate.gateId);
}

function shorten(record: GateRecord, maxDescriptionChars: number, maxQuestionsBytes: number): void {
  const { gate } = record;
  const { description, questions, source } = gate;
  const rest = source === 'duvo' ? '… (the rest is in Duvo)' : '… (the rest is in the history)';
  if (description !== undefined) gate.description = cutText(description, maxDescriptionChars, rest);
  if (questions && jsonBytes(questions) > maxQuestionsBytes) delete gate.questions;
  record.closedBytes = jsonBytes(gate);
}

function shortenOld(record: GateRecord): void {
  const { gate } = record;
  const cut = (text: string, rest = '…') => cutText(text, MAX_OLD_TEXT_CHARS, rest);
  const { title, by, comment, decisions } = gate;
  Object.assign(gate, {
    title: cut(title),
    ...(by !== undefined && { by: cut(by) }),
    ...(comment !== undefined && { comment: cut(comment, '… (the rest is in the history)') }),
    ...(decisions && {
      decisions: decisions.map(({ by, approved, at }) => ({ by: cut(by), approved, at })),
    }),
  } satisfies Partial<Gate>);
  delete gate.policy;
  delete gate.notifications;
  delete gate.events;
  delete gate.description;
  delete gate.questions;
  record.isShort = true;
  record.closedBytes = jsonBytes(gate);
}
