/** What the memo and the lists show of an open gate. */
import { cutText, jsonBytes } from '../text/cut-text';
import { STARTER } from './gate-policy';
import type { Gate } from './gates';

/** An open gate, as the workflow's memo holds it. `title` is cut at 200 characters, or at 40 when many gates are open. */
export type GateSummary = Pick<
  Gate,
  'gateId' | 'ref' | 'source' | 'type' | 'title' | 'openedAt' | 'due' | 'approvals' | 'needed' | 'notifications'
> &
  GatePeople;

/** The workflow of a listed gate. */
export interface GateOrigin {
  /** Workflow type: `agentRun`, or the name of a process. */
  processType: string;
  /** The agent of a run. */
  agentId?: string;
  /** The batch of an item: its workflow id. */
  batchId?: string;
}

/**
 * An open gate as visibility shows it. Two kinds of rows stand for several gates of one workflow: `ref` is then the workflow
 * id, and `title` says how many gates are open. With `memoUnreadable`, the client cannot decode the memo of the workflow,
 * because it was encoded with another codec or key. With `workerMissing`, these gates did not fit into the memo, and no
 * worker answers the query for them.
 */
export type ListedGate = GateSummary & GateOrigin & { memoUnreadable?: true; workerMissing?: true };

/** The people of a gate with a policy. Together, the names have at most 500 bytes. */
export interface GatePeople {
  /** Who may answer; absent when anybody may. */
  approvers?: string[];
  /** Who may not answer, with the name of the starter. */
  excluded?: string[];
  /** Who has answered. */
  answeredBy?: string[];
  /** Set when the three lists do not have all names, because they are too long: the query `gates` has them. */
  peopleCut?: true;
}

const MAX_TITLE_CHARS = 200;
const MAX_PEOPLE_BYTES = 500;
const MAX_REASON_CHARS = 60;

export function toGateSummary(gate: Gate): GateSummary {
  const { gateId, ref, source, type, title, openedAt, due, approvals, needed, notifications } = gate;
  return {
    gateId,
    ref,
    source,
    type,
    title: cutText(title, MAX_TITLE_CHARS),
    openedAt,
    ...(due && { due }),
    ...(needed !== undefined && { approvals, needed }),
    ...cutPeople(peopleOf(gate)),
    ...(notifications && {
      notifications: notifications.map(({ reason, ...rest }) => ({
        ...rest,
        ...(reason && { reason: cutText(reason, MAX_REASON_CHARS, '…') }),
      })),
    }),
  };
}

/** Returns the people of a gate, without a limit. */
export function peopleOf({ policy = {}, decisions = [] }: Gate): GatePeople {
  const { approvers, quorum, exclude = [], starter } = policy;
  const names = approvers ?? (typeof quorum === 'object' ? Object.keys(quorum) : undefined);
  const excluded = exclude.flatMap((name) => (name === STARTER ? (starter ?? []) : name));
  const answeredBy = decisions.map(({ by }) => by);
  return {
    ...(names && { approvers: names }),
    ...(excluded.length > 0 && { excluded }),
    ...(answeredBy.length > 0 && { answeredBy }),
  };
}

/** Whether this person has still to answer the gate, or may answer it. Names are compared exactly. */
export function isGateOf({ approvers, excluded, answeredBy }: GatePeople, by: string, groups: string[] = []): boolean {
  if (excluded?.includes(by) || answeredBy?.includes(by)) return false;
  return approvers?.some((name) => name === by || groups.includes(name)) ?? true;
}

/** Approvers are kept first, since lists show them. */
function cutPeople({ approvers, excluded, answeredBy }: GatePeople): GatePeople {
  let bytes = 0;
  const cuts: { peopleCut?: true } = {};
  const cut = (names: string[] | undefined) => {
    const kept = names?.filter((name) => {
      bytes += jsonBytes(name) + 1;
      return bytes <= MAX_PEOPLE_BYTES;
    });
    if (kept && names && kept.length < names.length) cuts.peopleCut = true;
    return kept;
  };
  const [some, none, done] = [cut(approvers), cut(excluded), cut(answeredBy)];
  return {
    ...(some && { approvers: some }),
    ...(none && { excluded: none }),
    ...(done && { answeredBy: done }),
    ...cuts,
  };
}
