import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Gate, type GateAnswer, InvalidInputError } from '../../client';
import { parseGateRef } from '../../contract';
import { collect } from '../collect';
import { UsageError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { keyValueTable, type Output, table } from '../terminal/output';
import { promptForAnswer } from '../terminal/prompts';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

interface AnswerFlags extends Flags {
  approve?: boolean;
  deny?: boolean;
  answer?: string[];
  by?: string;
  comment?: string;
}

export function addGates(program: Command, output: Output): void {
  const gates = program.command('gates').description('questions that wait for a person: list, show, answer');

  addConnectionFlags(gates.command('list'))
    .description('the open gates of all runs, the longest open first')
    .option('--agent <id>', 'only of runs of this agent')
    .option('--batch <workflow-id>', 'only of items of this batch')
    .action((flags: Flags & { agent?: string; batch?: string }) =>
      withDuvoWorkflows(flags, async ({ gates: client }) => {
        const open = await collect(client.list({ agentId: flags.agent, batchId: flags.batch }));
        if (flags.json) return output.print(JSON.stringify(open));
        if (open.length === 0) return output.note('no open gates');
        output.print(
          table(
            ['gate', 'type', 'title', 'open since', 'due'],
            open.map((gate) => [gate.ref, gate.type, gate.title, gate.openedAt, gate.due]),
          ),
        );
      }),
    );

  addConnectionFlags(gates.command('show <gate>'))
    .description('all that a gate asks')
    .action((ref: string, flags: Flags) =>
      withDuvoWorkflows(flags, async ({ gates: client }) => {
        const gate = await client.get(ref);
        output.print(flags.json ? JSON.stringify(gate) : formatGate(gate));
      }),
    );

  addConnectionFlags(gates.command('answer <gate>'))
    .description('answer a gate; comes back once Duvo has the answer')
    .option('--approve', 'approve')
    .option('--deny', 'deny')
    .option(
      '--answer <question=answer>',
      'answer a question; once for each answer',
      (one: string, all: string[] = []) => [...all, one],
    )
    .option('--by <name>', 'who answers (default: the user of this machine)')
    .option('--comment <text>', 'why')
    .action((ref: string, flags: AnswerFlags) =>
      withDuvoWorkflows(flags, async ({ gates: client }) => {
        const given = parseAnswerFlags(flags);
        if (!given && !output.isInteractive)
          throw new UsageError('give --approve, --deny or --answer: there is no terminal to ask on');
        const { workflowId } = InvalidInputError.fromCheck(() => parseGateRef(ref));
        const answer = given ?? (await promptForAnswer(await client.get(ref)));
        const { by = userInfo().username, comment } = flags;
        const answered = client.answer(ref, { ...answer, by, ...(comment && { comment }) });
        const verdict = await withFailureJson(answered, workflowId, flags, output);
        output.print(flags.json ? JSON.stringify(verdict) : `${ref}: ${verdict.outcome}`);
      }),
    );
}

function parseAnswerFlags({
  approve,
  deny,
  answer,
}: AnswerFlags): Pick<GateAnswer, 'approved' | 'answers'> | undefined {
  if ([approve, deny, answer].filter(Boolean).length > 1)
    throw new UsageError('give one of --approve, --deny and --answer');
  if (approve || deny) return { approved: Boolean(approve) };
  if (!answer) return undefined;
  const answers: Record<string, string | string[]> = {};
  for (const one of answer) {
    const separatorIndex = one.indexOf('=');
    if (separatorIndex <= 0) throw new UsageError("--answer: write it as 'question=answer'");
    const [question, label] = [one.slice(0, separatorIndex), one.slice(separatorIndex + 1)];
    const previous = answers[question];
    answers[question] = previous === undefined ? label : [previous, label].flat();
  }
  return { answers };
}

export function formatGate(gate: Gate): string {
  const questions = (gate.questions ?? []).map(({ question, options, multiSelect }) => {
    const labels = options?.map(({ label }) => label).join(' | ');
    return `${question}${labels ? ` [${labels}]${multiSelect ? ' (several)' : ''}` : ''}`;
  });
  return keyValueTable({
    gate: gate.ref,
    type: gate.type,
    title: gate.title,
    description: gate.description,
    questions: questions.join('\n'),
    'open since': gate.openedAt,
    due: gate.due,
    status: gate.status,
    outcome: gate.outcome,
    by: gate.by,
    at: gate.at,
    comment: gate.comment,
  });
}
