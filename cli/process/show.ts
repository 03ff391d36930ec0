import type { Client } from '@temporalio/client';
import type { DuvoProcess } from '../../client';
import type { ConnectionFlags } from '../connection';
import { gateTable } from '../gate/gate-table';
import type { Output } from '../terminal/output';
import { formatFields } from '../terminal/table';
import { formatAge } from '../terminal/time';
import { keepsRunning, withInterruptNotice } from '../terminal/interrupt';
import { formatValue } from '../terminal/text';
import { UNREADABLE_NOTE } from '../terminal/unreadable-note';
import { waitWithNotices } from '../terminal/wait-with-notices';
import { withFailureJson } from '../terminal/with-failure-json';

interface Flags extends ConnectionFlags {
  json?: boolean;
  /** In milliseconds. */
  timeout?: number;
}

export async function showProcess(process: DuvoProcess, { json }: Flags, output: Output): Promise<void> {
  const { error, ...description } = await process.describe();
  // The failure is readable without a worker; gates are not.
  const gates = await process.gates().catch((reason: unknown) => {
    if (description.status === 'RUNNING' && !description.memoUnreadable) throw reason;
    return [];
  });
  const result = description.status === 'COMPLETED' && !description.memoUnreadable ? await process.result() : undefined;
  const failure = error && { type: error.type, message: error.message };
  if (json) return output.print(JSON.stringify({ ...description, error: failure, result, gates }));
  const { workflowId, type, status, startedAt, endedAt, taskQueue } = description;
  output.print(
    formatFields(
      {
        'workflow id': workflowId,
        type,
        status: status.toLowerCase(),
        ...(description.memoUnreadable && { payloads: UNREADABLE_NOTE }),
        failure: failure && `${failure.type}: ${failure.message}`,
        'task queue': taskQueue,
        started: startedAt,
        age: formatAge(startedAt),
        ended: endedAt,
        result: result === undefined ? undefined : formatValue(result),
      },
      output,
    ),
  );
  if (gates.length > 0) output.print(`\n${gateTable(gates, output)}`);
}

/**
 * Waits for the end of a process, and shows its result.
 *
 * @param note printed once Ctrl-C ends the command with a notice. @default none
 */
export async function waitAndShowResult(
  process: DuvoProcess,
  client: Client,
  flags: Flags,
  output: Output,
  note?: string,
): Promise<void> {
  const { workflowId } = process;
  const ended = () => {
    if (note !== undefined) output.note(note);
    return waitWithNotices(client, workflowId, process.result({ timeoutMs: flags.timeout }), flags, output);
  };
  const notice = () => keepsRunning('process', workflowId, flags);
  const result = await withFailureJson(withInterruptNotice(ended, notice, output), workflowId, flags, output);
  output.print(flags.json ? JSON.stringify({ workflowId, result }) : formatValue(result ?? null));
}
