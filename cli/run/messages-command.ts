import type { Command } from 'commander';
import type { DuvoClient, Message } from '../../duvo';
import { isNotFoundInDuvo, withDuvo } from '../duvo/with-duvo';
import { type Output, table } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withRuns } from '../connection';

/** The longest text of a message that a row shows, in characters. */
const MAX_ROW_TEXT_CHARS = 200;

export function addMessages(runs: Command, output: Output): void {
  addConnectionFlags(runs.command('messages <id>'))
    .description("what was said in a run, straight from Duvo; <id> is Duvo's id of the run, or the workflow id")
    .action((id: string, flags: ConnectionFlags & { json?: boolean }) =>
      withDuvo(async (duvo) => {
        const messages = await readMessages(duvo, id, flags);
        if (flags.json) return output.print(JSON.stringify(messages));
        if (messages.length === 0) return output.note('no messages');
        output.print(
          table(
            ['at', 'by', 'message'],
            messages.map((message) => [message.timestamp, message.role ?? message.type, toRowText(message)]),
          ),
        );
      }),
    );
}

/** Temporal is asked only when Duvo does not know the id: a workflow's id is none of Duvo's. */
async function readMessages(duvo: DuvoClient, id: string, flags: ConnectionFlags): Promise<Message[]> {
  try {
    return await readAllMessages(duvo, id);
  } catch (error) {
    if (!isNotFoundInDuvo(error)) throw error;
    const runId = await withRuns(flags, async (runs) => (await runs.get(id).state()).runId);
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
  const rowText =
    text ?? (toolCall ? `calls ${toolCall.name}` : toolResult ? 'result of a tool' : `(${type ?? 'other'})`);
  return rowText.length > MAX_ROW_TEXT_CHARS ? `${rowText.slice(0, MAX_ROW_TEXT_CHARS)}…` : rowText;
}
