/** Checks and counts the answers to a gate by its policy. */
import { FailureTypes } from '../../contract/failures';
import { type GateDecision, MAX_PERSON_BYTES, quorumSize, type RecordedPolicy } from '../../contract/gates/gate-policy';
import type { Gate, GateAnswer } from '../../contract/gates/gates';
import { cutText, jsonBytes } from '../../contract/text/cut-text';
import { countApprovals, decide, findAnswererProblem, findVoteProblem, groupsOfVotes, toVote } from './count-votes';
import type { AcceptedAnswer, GateRecord } from './gate-types';

/** Limits of the comments in the decisions of a gate, which continue-as-new carries. The history has them whole. */
const MAX_COMMENT_CHARS = 1_000;
const MAX_DECISIONS_BYTES = 20_000;
const MAX_LATER_COMMENT_CHARS = 100;

/** Returns the fields of a new gate that come from its policy. Only an approval has a quorum. */
export function toPolicyFields(
  type: Gate['type'],
  policy: RecordedPolicy | undefined,
): Pick<Gate, 'policy' | 'decisions' | 'approvals' | 'needed'> {
  if (!policy) return {};
  if (type !== 'approval') {
    const { quorum: _quorum, denial: _denial, ...answerers } = policy;
    return Object.keys(answerers).length > 0 ? { policy: answerers } : {};
  }
  return { policy, decisions: [], ...toProgress(policy, []) };
}

/** Returns why the policy of a gate refuses an answer, or `undefined`. */
export function findPolicyProblem(
  { gate: { type, policy }, votes = [] }: GateRecord,
  answer: GateAnswer,
): { type: 'Duvo.AnswerInvalid' | 'Duvo.AnswerNotAllowed'; reason: string } | undefined {
  if (!policy) return undefined;
  if (jsonBytes(answer.by) - '""'.length > MAX_PERSON_BYTES) {
    const reason = `by is longer than ${MAX_PERSON_BYTES} bytes, the limit at a gate with a policy`;
    return { type: FailureTypes.AnswerInvalid, reason };
  }
  const voter = { by: answer.by, groups: answer.groups ?? [] };
  const vote = toVote(policy, { ...voter, approved: answer.approved === true });
  const reason =
    findAnswererProblem(policy, voter) ?? (type === 'approval' ? findVoteProblem(policy, votes, vote) : undefined);
  return reason === undefined ? undefined : { type: FailureTypes.AnswerNotAllowed, reason };
}

/** Counts an answer, and returns whether it decides the gate. */
export function countAnswer(record: GateRecord, answer: AcceptedAnswer, now: number): boolean {
  const { gate } = record;
  const { policy, decisions } = gate;
  if (!policy || !decisions) return true;
  const { by, approved = false, via, comment } = answer;
  const vote = toVote(policy, { by, groups: answer.groups ?? [], approved });
  record.votes = [...(record.votes ?? []), vote];
  const maxChars = jsonBytes(decisions) > MAX_DECISIONS_BYTES ? MAX_LATER_COMMENT_CHARS : MAX_COMMENT_CHARS;
  const cutComment = comment && cutText(comment, maxChars, '… (the rest is in the history)');
  decisions.push({
    by,
    approved,
    at: new Date(now).toISOString(),
    ...(via && { via }),
    ...(cutComment && { comment: cutComment }),
  });
  applyVotes(record, policy, decisions);
  return decide(policy, record.votes) !== undefined;
}

/** Removes the last answer that was counted. */
export function revokeAnswer(record: GateRecord): void {
  const { policy, decisions } = record.gate;
  if (!policy || !decisions) return;
  record.votes?.pop();
  decisions.pop();
  applyVotes(record, policy, decisions);
}

/** Applies another policy to an open gate, with the votes that were counted, by the entries of this policy. */
export function applyPolicy(record: GateRecord, policy: RecordedPolicy, votes: GateRecord['votes'] & object): void {
  const { gate } = record;
  const decisions = gate.decisions ?? [];
  Object.assign(gate, toPolicyFields(gate.type, policy));
  if (gate.type !== 'approval') return;
  gate.decisions = decisions;
  record.votes = votes;
  if (quorumSize(policy.quorum) === 1) {
    delete gate.approvals;
    delete gate.needed;
  }
  applyVotes(record, policy, decisions);
}

function applyVotes({ gate, votes = [] }: GateRecord, policy: RecordedPolicy, decisions: GateDecision[]): void {
  Object.assign(gate, toProgress(policy, votes));
  groupsOfVotes(policy, votes).forEach((group, index) => {
    const decision = decisions[index];
    if (!decision) return;
    if (group === undefined) delete decision.group;
    else decision.group = group;
  });
}

function toProgress(policy: RecordedPolicy, votes: GateRecord['votes'] & object): Pick<Gate, 'approvals' | 'needed'> {
  const { approvals, needed } = countApprovals(policy, votes);
  return needed > 1 ? { approvals, needed } : {};
}
