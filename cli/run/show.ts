import type { AgentRunResult, DuvoRun, RunClocks } from '../../client';
import { keyValueTable, type Output, formatSeconds, table } from '../terminal/output';

/** Where a run stands, with its gates. */
export async function showRun(run: DuvoRun, { json }: { json?: boolean }, output: Output): Promise<void> {
  const { workflowId } = run;
  const { status: workflow, error } = await run.outcome();
  // What it failed with is known without a worker, and of a run that never got to one.
  const state = await run.state().catch((reason: unknown) => {
    if (!error) throw reason;
    return undefined;
  });
  const gates = state ? await run.gates() : [];
  if (json) {
    const failure = error && { error: { type: error.type, message: error.message } };
    return output.print(JSON.stringify({ workflowId, workflow, ...failure, ...state, gates }));
  }
  output.print(
    keyValueTable({
      'workflow id': workflowId,
      workflow,
      failure: error && `${error.type}: ${error.message}`,
      'Duvo run': state?.runId ?? error?.runId,
      status: state?.status,
      cancel: state?.cancel,
      ...(state && clockEntries(state.clocks)),
    }),
  );
  if (gates.length > 0) {
    const rows = gates.map((gate) => [
      gate.ref,
      gate.type,
      gate.title,
      gate.outcome ?? 'open',
      gate.by,
      gate.at ?? gate.due,
    ]);
    output.print(table(['gate', 'type', 'title', 'outcome', 'by', 'at / due'], rows));
  }
}

export function showResult(result: AgentRunResult, { json }: { json?: boolean }, output: Output): void {
  if (json) return output.print(JSON.stringify(result));
  const { clocks, gates } = result;
  output.print(
    keyValueTable({
      'Duvo run': result.runId,
      status: result.status,
      output: result.output,
      gates: gates.map(({ title, outcome, by }) => `${title}: ${outcome}${by ? ` by ${by}` : ''}`).join('\n'),
      ...clockEntries(clocks),
    }),
  );
}

function clockEntries({ queuedMs, agentMs, humanMs }: RunClocks): Record<string, string> {
  return { queued: formatSeconds(queuedMs), agent: formatSeconds(agentMs), people: formatSeconds(humanMs) };
}
