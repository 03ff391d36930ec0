/** A receipt for each decision about a gate. The receipts of a workflow form a chain: each has the hash of the one before. */
import { hashJson } from '../text/canonical-json';
import type { GateOutcome } from './gates';

/** `previous` of the first receipt of a chain. */
export const NO_RECEIPT_HASH = '0'.repeat(64);

/** The maximum size of a page of the query `receipts`, as JSON. A page has at least one receipt. */
export const MAX_RECEIPTS_PAGE_BYTES = 1_000_000;

/** All hashes are SHA-256 in hexadecimal digits, of canonical JSON (RFC 8785). */
export interface GateReceipt {
  /** The chain: Temporal's id of the run in which the chain began. */
  chain: string;
  /** Number of the receipt in its chain. The first is 1. */
  n: number;
  /** Workflow id and gate id in one string, as in the gate. */
  ref: string;
  gateId: string;
  /** The request as the gate showed it, as in the gate. */
  requestHash: string;
  /** Hash of the gate's `policy` and `due`, as the gate shows them. */
  policyHash: string;
  /** The outcome of the gate, the verdict of a person that was counted, or how a person or the policy has changed the gate. */
  verdict: GateOutcome | 'reassigned' | 'extended' | 'escalated';
  /** The gate after the decision: `open` when more people must approve, or the gate was only changed. */
  status: 'open' | 'closed';
  /** The person who answered or changed the gate, as the channel named them. Absent when no person decided. */
  by?: string;
  /** The groups of the person, as the channel named them. */
  groups?: string[];
  /** When the decision took effect, ISO 8601. */
  at: string;
  /** The channel that the answer named, such as `inbox`; otherwise the message, `signal` or `update`. */
  via?: string;
  /** The whole comment, or the reason of a change; of a longer text its first 2,000 characters and `…`. */
  comment?: string;
  /** Hash of the whole comment, when `comment` is cut. */
  commentHash?: string;
  /** Hash of the `answers` to questions. */
  answersHash?: string;
  /** The `requestHash` that the answer named: what the person saw. Absent when the channel did not send it. */
  seenHash?: string;
  /** Who may answer after the verdict `reassigned` or `escalated`. */
  approvers?: string[];
  /** The due time after the verdict `extended`. */
  due?: string;
  /** As in the gate: it is not known whether Duvo has the answer. */
  delivery?: 'unconfirmed';
  /** `hash` of the receipt before it in the chain; 64 zeros in the first one. */
  previous: string;
  /** Hash of all other fields. */
  hash: string;
}

/** The position at which the next receipt of a chain follows. Continue-as-new carries it. */
export type ReceiptHead = Pick<GateReceipt, 'chain' | 'n' | 'hash'>;

/** Argument of the query `receipts`. */
export interface ReceiptsQuery {
  /** Only receipts with a higher number, for the next page. @default 0 */
  after?: number;
}

/** Result of the query `receipts`: the receipts of one execution of a workflow. */
export interface ReceiptsPage {
  receipts: GateReceipt[];
  /** Whether there are more receipts after this page. */
  more?: true;
  /** Number of the execution's oldest receipts that are left out, because all of them exceeded the limit of a workflow. */
  omitted?: number;
}

/** A receipt as an export has it. */
export interface ExportedReceipt extends GateReceipt {
  /** Number of receipts before this one that the workflow has left out. It is not part of the hash. */
  omitted?: number;
}

/** Returns the hash of a receipt: of all its fields except `hash`. */
export function hashReceipt(receipt: Omit<GateReceipt, 'hash'>): string {
  return hashJson({ ...receipt, hash: undefined, omitted: undefined });
}
