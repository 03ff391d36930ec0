/** The receipts of a workflow's gates. The state is plain JSON, so that continue-as-new can carry it. */
import type { Gate } from '../../contract/gates/gates';
import {
  type GateReceipt,
  hashReceipt,
  MAX_RECEIPTS_PAGE_BYTES,
  NO_RECEIPT_HASH,
  type ReceiptHead,
  type ReceiptsPage,
  type ReceiptsQuery,
} from '../../contract/gates/receipts';
import { hashJson } from '../../contract/text/canonical-json';
import { cutText, jsonBytes, takeWithinBytes } from '../../contract/text/cut-text';
import type { AcceptedAnswer, ReceiptLog } from './gate-types';

const MAX_COMMENT_CHARS = 2_000;

/**
 * Limit of the receipts of one execution, against a process that opens gates in an endless loop. The server suggests
 * continue-as-new long before: each receipt is smaller than the events of its answer.
 */
const MAX_RECEIPTS_BYTES = 4_000_000;

/** @param chain the id of the chain that begins here */
export function startReceiptLog(chain: string): ReceiptLog {
  return continueReceiptLog({ chain, n: 0, hash: NO_RECEIPT_HASH });
}

/** Returns the log of the execution that continues a chain. The receipts so far stay with the execution before. */
export function continueReceiptLog({ chain, n, hash }: ReceiptHead): ReceiptLog {
  return { chain, n, hash, receipts: [], bytes: 0 };
}

/** What the receipt of a changed gate has besides the person and the reason. */
export type ReceiptOfChange = Pick<GateReceipt, 'verdict' | 'approvers' | 'due'>;

/**
 * Adds the receipt of a decision that took effect now: the gate was closed or changed, or an answer to it was counted.
 *
 * @param answer the answer that the gate was closed with; absent when no person decided
 */
export function addReceipt(
  log: ReceiptLog,
  gate: Gate,
  answer: AcceptedAnswer | undefined,
  { change, maxBytes }: { change?: ReceiptOfChange; maxBytes?: number } = {},
): void {
  const { ref, gateId, requestHash, policy, due, status, outcome = 'withdrawn', at = '', delivery } = gate;
  const content = {
    chain: log.chain,
    n: log.n + 1,
    ref,
    gateId,
    requestHash,
    policyHash: hashJson({ ...policy, due }),
    verdict: outcome,
    status,
    at,
    ...(answer && toPersonFields(answer)),
    ...change,
    ...(change?.approvers && { approvers: change.approvers.map(toWellFormed) }),
    ...(delivery && { delivery }),
    previous: log.hash,
  };
  const receipt: GateReceipt = { ...content, hash: hashReceipt(content) };
  Object.assign(log, { n: receipt.n, hash: receipt.hash, bytes: log.bytes + jsonBytes(receipt) });
  log.receipts.push(receipt);
  limitReceipts(log, maxBytes);
}

/** Returns a page of the receipts of this execution. */
export function readReceiptsPage({ receipts, omitted }: ReceiptLog, { after = 0 }: ReceiptsQuery = {}): ReceiptsPage {
  const rest = receipts.filter(({ n }) => n > after);
  const fitting = takeWithinBytes(rest, MAX_RECEIPTS_PAGE_BYTES);
  const page = fitting.length > 0 ? fitting : rest.slice(0, 1);
  return { receipts: page, ...(page.length < rest.length && { more: true }), ...(omitted && { omitted }) };
}

function toPersonFields({ by, groups, via, comment, answers, requestHash }: AcceptedAnswer): Partial<GateReceipt> {
  const text = comment && toWellFormed(comment);
  const isLong = text !== undefined && text.length > MAX_COMMENT_CHARS;
  return {
    by: toWellFormed(by),
    ...(groups?.length && { groups: groups.map(toWellFormed) }),
    ...(via && { via }),
    ...(text && { comment: cutText(text, MAX_COMMENT_CHARS, '…') }),
    ...(isLong && { commentHash: hashJson(text) }),
    ...(answers && { answersHash: hashJson(answers) }),
    ...(requestHash && { seenHash: requestHash }),
  };
}

/** Replaces half surrogate pairs, which a file in UTF-8 cannot hold: the hash would not fit the exported text. */
function toWellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

function limitReceipts(log: ReceiptLog, maxBytes = MAX_RECEIPTS_BYTES): void {
  while (log.bytes > maxBytes && log.receipts.length > 1) {
    log.bytes -= jsonBytes(log.receipts.shift());
    log.omitted = (log.omitted ?? 0) + 1;
  }
}
