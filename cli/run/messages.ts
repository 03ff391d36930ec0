import type { Command } from 'commander';
import type { DuvoClient, Message } from '../../duvo';
import { isUnknown, withDuvo } from '../duvo/client';
import { type Output, table } from '../terminal/output';
import { type ConnectionFlags, withConnection, withRuns } from '../session';

/** The longest text of a message that a row shows, in characters. */
const ROW_TEXT = 200;

export function addMessages(runs: Command, output: Output): void {
  withConnection(runs.command('messages <id>'))
    .description("what was said in a run, straight from Duvo; <id> is Duvo's id of the run, or the workflow id")
    .action((id: string, flags: ConnectionFlags & { json?: boolean }) =>
      withDuvo(async (duvo) => {
        const messages = await messagesOf(duvo, id, flags);
        if (flags.json) return output.out(JSON.stringify(messages));
        if (messages.length === 0) return output.note('no messages');
        output.out(
          table(
            ['at', 'by', 'message'],
            messages.map((message) => [message.timestamp, message.role ?? message.type, inOneRow(message)]),
          ),
        );
      }),
    );
}

/** Temporal is asked only when Duvo does not know the id: a workflow's id is none of Duvo's. */
async function messagesOf(duvo: DuvoClient, id: string, flags: ConnectionFlags): Promise<Message[]> {
  try {
    return await all(duvo, id);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const runId = await withRuns(flags, async (runs) => (await runs.get(id).state()).runId);
    if (runId === undefined) throw error;
    return all(duvo, runId);
  }
}

async function all(duvo: DuvoClient, runId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of duvo.runs.eachMessage(runId)) messages.push(message);
  return messages;
}

function inOneRow({ text, toolCall, toolResult, type }: Message): string {
  const said = text ?? (toolCall ? `calls ${toolCall.name}` : toolResult ? 'result of a tool' : `(${type ?? 'other'})`);
  return said.length > ROW_TEXT ? `${said.slice(0, ROW_TEXT)}…` : said;
}
