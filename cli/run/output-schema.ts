import type { AgentRunInput } from '../../client';
import { OutputThreads } from '../../activities';
import { UsageError } from '../exit-codes';

/**
 * Refuses a JSON Schema that cannot be used before a run is started: the workflow would find it only after its start. The
 * check is that of the workers, in a thread of its own, because a schema can take long to compile.
 *
 * @throws UsageError
 */
export async function checkOutputSchema(
  { outputSchema }: { outputSchema?: string },
  { output }: Pick<AgentRunInput, 'output'>,
): Promise<void> {
  if (!output) return;
  const check = await new OutputThreads().check({ schema: output.schema }, new AbortController().signal);
  if (!('schemaProblem' in check)) return;
  const source = outputSchema === undefined ? 'output.schema' : `--output-schema: ${outputSchema}`;
  throw new UsageError(`${source}: is not a usable JSON Schema: ${check.schemaProblem}`);
}
