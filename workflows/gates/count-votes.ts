/**
 * Decides an approval from the votes of people. The code is pure, and the policy of the gate is an argument.
 *
 * A policy with groups has seats: a seat for each person that the quorum requires of a group, or, with denial `majority`,
 * one for each entry of `approvers`. A person takes one seat. Whether all people can have a seat is a bipartite matching.
 */
import { quorumSize, type RecordedPolicy, STARTER, votingEntries } from '../../contract/gates/gate-policy';

/** A person's vote, with the groups of the person that the policy names. */
export interface Vote {
  by: string;
  approved: boolean;
  /** Indexes of the entries (groups of the quorum, or approvers) that the person belongs to. */
  entries: number[];
}

type Voter = { by: string; groups?: string[] };

/** Returns why a person may not answer a gate of this policy, or `undefined`. The text repeats no name. */
export function findAnswererProblem(policy: RecordedPolicy, { by, groups = [] }: Voter): string | undefined {
  const { approvers = quorumGroups(policy), exclude = [], starter } = policy;
  if (exclude.some((name) => name !== STARTER && name === by)) return "the gate's policy excludes this person";
  if (exclude.includes(STARTER) && starter === by) return 'the person who started the workflow may not answer';
  const isApprover = approvers?.some((entry) => entry === by || groups.includes(entry)) ?? true;
  return isApprover ? undefined : "the gate's policy does not name this person, or a group of this person, as approver";
}

/** Returns why a vote cannot be counted, or `undefined`. */
export function findVoteProblem(policy: RecordedPolicy, votes: Vote[], vote: Vote): string | undefined {
  if (votes.some(({ by }) => by === vote.by)) return 'this person has answered before: each person counts once';
  if (!hasSeats(policy) || !takesSeat(policy, vote)) return undefined;
  const seated = [...votes.filter((one) => takesSeat(policy, one)), vote];
  if (assignSeats(policy, seated)) return undefined;
  return "enough people of this person's groups have answered, and a person of another group is needed";
}

export function toVote(policy: RecordedPolicy, { by, groups = [], approved }: Voter & { approved: boolean }): Vote {
  const isMember = (entry: string) => groups.includes(entry) || (policy.denial === 'majority' && entry === by);
  const entries = seatEntries(policy).flatMap(({ entry }, index) => (isMember(entry) ? [index] : []));
  return { by, approved, entries };
}

/** Returns the outcome of the votes; `undefined` while the gate is open. */
export function decide(policy: RecordedPolicy, votes: Vote[]): boolean | undefined {
  const { approvals, needed } = countApprovals(policy, votes);
  if (approvals >= needed) return true;
  const denials = votes.length - approvals;
  if (denials === 0) return undefined;
  if (policy.denial !== 'majority') return false;
  return seatEntries(policy).length - denials < needed ? false : undefined;
}

/** Each vote of an approval has a seat, so the quorum of groups is filled when the numbers are equal. */
export function countApprovals({ quorum }: RecordedPolicy, votes: Vote[]): { approvals: number; needed: number } {
  return { approvals: votes.filter(({ approved }) => approved).length, needed: quorumSize(quorum) };
}

/** Returns the group that each vote counts for; a vote in a person's own name has none. */
export function groupsOfVotes(policy: RecordedPolicy, votes: Vote[]): (string | undefined)[] {
  const seated = votes.filter((vote) => takesSeat(policy, vote));
  const places = hasSeats(policy) ? assignSeats(policy, seated) : undefined;
  return votes.map((vote) => {
    const place = places?.get(vote) ?? vote.entries[0];
    const entry = place === undefined ? undefined : seatEntries(policy)[place]?.entry;
    return entry === vote.by ? undefined : entry;
  });
}

/**
 * Returns the votes for a policy with other approvers. With `majority`, the new policy must have the entries whose votes were
 * given ({@link usedEntries}).
 */
export function moveVotes(from: RecordedPolicy, to: RecordedPolicy, votes: Vote[]): Vote[] {
  const before = seatEntries(from).map(({ entry }) => entry);
  const after = seatEntries(to).map(({ entry }) => entry);
  const move = (index: number) => after.indexOf(before[index] ?? '');
  return votes.map((vote) => ({ ...vote, entries: vote.entries.map(move).filter((index) => index >= 0) }));
}

/** Returns the entries of `approvers` whose vote was given; none without `majority`. */
export function usedEntries(policy: RecordedPolicy, votes: Vote[]): string[] {
  if (policy.denial !== 'majority') return [];
  const entries = seatEntries(policy);
  return [...(assignSeats(policy, votes)?.values() ?? [])].flatMap((index) => entries[index]?.entry ?? []);
}

function quorumGroups({ quorum }: RecordedPolicy): string[] | undefined {
  return typeof quorum === 'object' ? Object.keys(quorum) : undefined;
}

function hasSeats({ quorum, denial }: RecordedPolicy): boolean {
  return typeof quorum === 'object' || denial === 'majority';
}

/** Without `majority`, a denial decides at once and needs no seat. */
function takesSeat({ denial }: RecordedPolicy, { approved }: Vote): boolean {
  return approved || denial === 'majority';
}

/** The entries that a vote may belong to, with the number of their seats. */
function seatEntries(policy: RecordedPolicy): { entry: string; seats: number }[] {
  const { quorum } = policy;
  if (typeof quorum === 'object') return Object.entries(quorum).map(([entry, seats]) => ({ entry, seats }));
  return votingEntries(policy).map((entry) => ({ entry, seats: 1 }));
}

/** Gives each vote a seat by augmenting paths; `undefined` when they cannot all have one. */
function assignSeats(policy: RecordedPolicy, votes: Vote[]): Map<Vote, number> | undefined {
  const capacities = seatEntries(policy).map(({ seats }) => seats);
  const taken: Vote[][] = capacities.map(() => []);
  const places = new Map<Vote, number>();
  const place = (vote: Vote, tried: Set<number>): boolean => {
    for (const index of vote.entries) {
      if (tried.has(index)) continue;
      tried.add(index);
      const occupants = taken[index] ?? [];
      const isFree = occupants.length < (capacities[index] ?? 0);
      const moved = isFree ? undefined : occupants.find((occupant) => place(occupant, tried));
      if (!isFree && !moved) continue;
      // A vote that moved has taken its new seat.
      taken[index] = [...(taken[index] ?? []).filter((occupant) => occupant !== moved), vote];
      places.set(vote, index);
      return true;
    }
    return false;
  };
  return votes.every((vote) => place(vote, new Set())) ? places : undefined;
}
