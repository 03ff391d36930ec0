/** The person who started the workflow, as the client gave it. */
import { workflowInfo } from '@temporalio/workflow';
import { checkVotesSuffice, type RecordedPolicy, STARTER } from '../../contract/gates/gate-policy';
import { failInvalidInput } from '../../contract/input-checks';
import { MemoKeys } from '../../contract/names';

/** Returns the fields of a child's memo that name the starter; none when the starter is not known. */
export function starterMemo(): { [MemoKeys.startedBy]?: string } {
  const startedBy = workflowInfo().memo?.[MemoKeys.startedBy];
  return typeof startedBy === 'string' && startedBy !== '' ? { [MemoKeys.startedBy]: startedBy } : {};
}

/**
 * Adds the starter to a policy that excludes the starter.
 *
 * @param path what precedes the name of a field in an error message, such as `gate.`
 * @throws ApplicationFailure `Duvo.InvalidInput` when the starter is not known, or too few people could approve
 */
export function resolveStarter(policy: RecordedPolicy | undefined, path = ''): RecordedPolicy | undefined {
  if (!policy?.exclude?.includes(STARTER)) return policy;
  const starter = starterMemo()[MemoKeys.startedBy];
  if (starter === undefined)
    return failInvalidInput(
      `${path}exclude`,
      "has 'starter', but the starter of this workflow is not known: give startedBy when you start it",
    );
  const resolved = { ...policy, starter };
  checkVotesSuffice(resolved, path);
  return resolved;
}
