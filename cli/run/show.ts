import type { Client } from '@temporalio/client';
import type { AgentRunResult, DuvoRun, DuvoRunError, RunClocks } from '../../client';
import type { ConnectionFlags } from '../connection';
import { gateTable } from '../gate/gate-table';
import { faultFields } from './fault';
import { readLastMessage } from './last-message';
import { stopFields } from './stop';
import { keepsRunning, withInterruptNotice } from '../terminal/interrupt';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import { formatValue, toOneLine } from '../terminal/text';
import { formatAge, formatSeconds } from '../terminal/time';
import { UNREADABLE_NOTE } from '../terminal/unreadable-note';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { withFailureJson } from '../terminal/with-failure-json';

interface Flags extends ConnectionFlags {
  json?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

/** Shows the status of a run, its gates, and its result or failure. */
export async function showRun(run: DuvoRun, { json }: Flags, output: Output): Promise<void> {
  const { workflowId } = run;
  const { status: workflow, error, result, memoUnreadable, ...description } = await run.describe();
  // The failure can be read without a worker, even for a run whose tasks no worker ever received.
  const state = await run.state().catch((reason: unknown) => {
    if (!error && !memoUnreadable) throw reason;
    return undefined;
  });
  const gates = state ? await run.gates() : [];
  // The state is newer than the memo, and only the description has the time of every next poll.
  const fault = state && !state.fault ? undefined : (description.fault ?? state?.fault);
  const stopping = state ? state.stopping : description.stopping;
  const startedAt = state?.startedAt ?? description.startedAt;
  const runId = state?.runId;
  const lastMessage = workflow === 'RUNNING' && runId ? await readLastMessage(runId) : undefined;
  if (json) {
    const failure = error && { error: failureFields(error) };
    return output.print(
      JSON.stringify({
        workflowId,
        workflow,
        memoUnreadable,
        startedAt,
        ...failure,
        ...state,
        fault,
        stopping,
        lastMessage,
        result,
        gates,
      }),
    );
  }
  output.print(
    formatFields(
      {
        'workflow id': workflowId,
        workflow: workflow.toLowerCase(),
        status: state?.status,
        ...faultFields(fault),
        ...stopFields(stopping),
        ...(memoUnreadable && { payloads: UNREADABLE_NOTE }),
        failure: error && `${error.type}: ${error.message}`,
        agent: state?.agentId ?? description.agentId,
        'Duvo run': state?.runId ?? error?.runId ?? description.runId,
        started: startedAt,
        age: formatAge(startedAt),
        cancel: state?.cancel,
        output: result && formatValue(result.output),
        ...(lastMessage && { 'last message': lastMessage }),
        ...(error && lastWords(error)),
        ...(state && clockEntries(state.clocks)),
      },
      output,
    ),
  );
  if (gates.length > 0) output.print(`\n${gateTable(gates, output)}`);
}

/**
 * Waits for the end of a run and shows its result.
 *
 * @param note printed once Ctrl-C ends the command with a notice. @default none
 * @throws DuvoRunError, after the agent's last message has been shown
 */
export async function waitAndShowResult(
  run: DuvoRun,
  client: Client,
  flags: Flags,
  output: Output,
  note?: string,
): Promise<void> {
  const { workflowId } = run;
  const wait = () => {
    if (note !== undefined) output.note(note);
    return waitWithNotices(client, workflowId, run.result({ timeoutMs: flags.timeout }), flags, output);
  };
  const notice = () => keepsRunning('run', workflowId, flags);
  const ended = withInterruptNotice(wait, notice, output);
  try {
    showResult(await withFailureJson(ended, workflowId, flags, output), flags, output);
  } catch (error) {
    const fields = lastWords(error as DuvoRunError);
    if (!flags.json && Object.values(fields).some(Boolean)) output.note(formatFields(fields, output));
    throw error;
  }
}

export function showResult(result: AgentRunResult<unknown>, { json }: { json?: boolean }, output: Output): void {
  if (json) return output.print(JSON.stringify(result));
  const { clocks, gates } = result;
  output.print(
    formatFields(
      {
        'Duvo run': result.runId,
        status: result.status,
        output: formatValue(result.output),
        gates: gates
          .map(({ title, outcome, by }) => toOneLine(`${title}: ${outcome}${by ? ` by ${by}` : ''}`))
          .join('\n'),
        ...clockEntries(clocks),
      },
      output,
    ),
  );
}

function failureFields(error: DuvoRunError) {
  return { type: error.type, message: error.message, ...lastWordFields(error) };
}

/**
 * Returns the fields to show for a failure: the agent's last message, and the outcome that Duvo reports for the run.
 */
function lastWordFields(error: unknown): { lastMessage?: string; outcome?: unknown } {
  const { lastMessage, outcome } = (error ?? {}) as { lastMessage?: string; outcome?: unknown };
  return { ...(lastMessage !== undefined && { lastMessage }), ...(outcome !== undefined && { outcome }) };
}

function lastWords(error: DuvoRunError): Record<string, string | undefined> {
  const { lastMessage, outcome } = lastWordFields(error);
  return { 'last message': lastMessage, outcome: outcome === undefined ? undefined : formatValue(outcome) };
}

function clockEntries({ queuedMs, agentMs, humanMs }: RunClocks): Record<string, string> {
  return { queued: formatSeconds(queuedMs), 'agent time': formatSeconds(agentMs), people: formatSeconds(humanMs) };
}
