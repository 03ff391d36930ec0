import type { Command } from 'commander';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract';
import type { DuvoClient, Message } from '../../duvo';
import { isNotFoundInDuvo, withDuvo } from '../duvo/with-duvo';
import { addExamples } from '../flags/examples';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { type Column, formatTable } from '../terminal/table';
import { formatAge } from '../terminal/time';
import { resolveWorkflowId } from '../resolve-id';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';

const COLUMNS: Column<Message>[] = [
  { head: 'age', value: ({ timestamp }) => formatAge(timestamp) },
  { head: 'by', value: ({ role, type }) => role ?? type },
  { head: 'message', value: toRowText, rank: 3 },
];

export function addMessages(runs: Command, output: Output): void {
  const command = addConnectionFlags(runs.command('messages <id>'))
    .description("show the messages of a run, from Duvo; <id> is Duvo's id of the run, or the workflow id")
    .action((id: string, flags: ConnectionFlags & { json?: boolean }) =>
      withDuvo(async (duvo) => {
        const messages = await withSlowNotice(readMessages(duvo, id, flags), 'the messages from Duvo', flags, output);
        if (flags.json) return output.print(JSON.stringify(messages));
        if (messages.length === 0) return output.note('no messages');
        output.print(formatTable(COLUMNS, messages, output));
      }),
    );
  addExamples(command, 'run messages duvo-run-invoice-4711', 'run messages 0c9d… --json');
}

/**
 * Reads the messages by Duvo's run id first. Temporal is queried only when Duvo does not know the id, which is then a
 * workflow id.
 */
async function readMessages(duvo: DuvoClient, id: string, flags: ConnectionFlags): Promise<Message[]> {
  try {
    return await readAllMessages(duvo, id);
  } catch (error) {
    if (!isNotFoundInDuvo(error)) throw error;
    const runId = await withRuns(flags, async (runs, client) => {
      const workflowId = await resolveWorkflowId(client, id, AGENT_RUN_WORKFLOW_TYPE);
      return (await runs.get(workflowId).state()).runId;
    });
    if (runId === undefined) throw error;
    return readAllMessages(duvo, runId);
  }
}

async function readAllMessages(duvo: DuvoClient, runId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of duvo.runs.listMessages(runId)) messages.push(message);
  return messages;
}

function toRowText({ text, toolCall, toolResult, type }: Message): string {
  if (text !== undefined) return text;
  if (toolCall) return `calls ${toolCall.name}`;
  return toolResult ? 'result of a tool' : `(${type ?? 'other'})`;
}
