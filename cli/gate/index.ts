import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import {
  BatchNotFoundError,
  describeWorkflow,
  type Gate,
  type GateAnswer,
  type GateSummary,
  type SubmitAnswerResult,
} from '../../client';
import { parseGateRef } from '../../contract';
import { collect } from '../collect';
import { UsageError } from '../exit-codes';
import { withFailureJson } from '../terminal/with-failure-json';
import { addExamples } from '../flags/examples';
import { nonBlankFlag } from '../flags/flag-options';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { type Column, formatFields, formatTable } from '../terminal/table';
import { toOneLine } from '../terminal/text';
import { formatAge, formatDue } from '../terminal/time';
import { promptForAnswer } from '../terminal/prompts';
import { toAnswerProblem } from './answer-problem';
import { formatDueTime, formatEvents } from './gate-history';
import { failedChannelColumns, formatNotifications } from './notification-fields';
import { peopleColumns, policyFields } from './policy-fields';
import { shortenGateRefs } from './short-refs';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { addChanges } from './change';
import { addExport } from './export';
import { findGateRef } from './find-ref';
import { addVerify } from './verify';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

interface ListFlags extends Flags {
  agent?: string;
  batch?: string;
  process?: string;
  mine?: string;
  group?: string[];
}

interface AnswerFlags extends Flags {
  approve?: boolean;
  deny?: boolean;
  answer?: string[];
  by?: string;
  group?: string[];
  comment?: string;
}

export function addGates(program: Command, output: Output): void {
  const gates = program
    .command('gate')
    .description('questions that wait for a person: list, show, answer, change, export, verify');

  const list = addConnectionFlags(gates.command('list'))
    .description('list the open gates of all runs and processes, the longest open first')
    .option('--agent <id>', 'only gates of runs of this agent')
    .option('--batch <workflow-id>', "only gates of this batch's items")
    .option('--process <type>', 'only gates of workflows of this type')
    .option('--mine <name>', 'only gates that this person may answer and has not answered')
    .option('--group <name>', 'with --mine: a group of this person; repeat it for every group', collectValues)
    .action((flags: ListFlags) =>
      withDuvoWorkflows(flags, async ({ gates: client }, temporal) => {
        const { agent: agentId, batch: batchId, process: processType, mine: by, group: groups } = flags;
        if (groups && by === undefined) throw new UsageError('--group: goes with --mine');
        const person = by === undefined ? undefined : { by, groups };
        const listing = collect(client.list({ agentId, batchId, processType, person }));
        const open = await withSlowNotice(listing, 'the list of open gates', flags, output);
        // A misspelt id would look like a batch without gates.
        if (open.length === 0 && batchId !== undefined) await checkBatchExists(temporal, batchId);
        if (flags.json) return output.print(JSON.stringify(open));
        if (open.length === 0) return output.note('no open gates');
        output.print(formatTable(gateColumns(open), open, output));
      }),
    );
  addExamples(list, 'gate list', 'gate list --agent 4f1c… --json');

  const show = addConnectionFlags(gates.command('show <gate>'))
    .description('show a gate with its questions and their options')
    .action((text: string, flags: Flags) =>
      withDuvoWorkflows(flags, async ({ gates: client }, temporal) => {
        const ref = await findGateRef(temporal, client, text);
        const gate = await withSlowNotice(client.get(ref), `the gate ${ref}`, flags, output);
        output.print(flags.json ? JSON.stringify(gate) : formatGate(gate, output));
      }),
    );
  addExamples(show, "gate show 'duvo-run-invoice-4711#5fab5406…'");

  const answer = addConnectionFlags(gates.command('answer <gate>'))
    .description('answer a gate, and wait until Duvo or the process has the answer')
    .option('--approve', 'approve')
    .option('--deny', 'deny')
    .option('--answer <question=answer>', 'answer a question; repeat it for every answer', collectValues)
    .addOption(nonBlankFlag('--by <name>', "the person who answers (default: this machine's user)"))
    .option('--group <name>', 'a group of this person; repeat it for every group', collectValues)
    .option('--comment <text>', 'the reason, kept with the answer')
    .action((text: string, flags: AnswerFlags) =>
      withDuvoWorkflows(flags, async ({ gates: client }, temporal) => {
        const given = parseAnswerFlags(flags);
        if (!given && (flags.json || !output.isInteractive))
          throw new UsageError(
            'give --approve, --deny or --answer: without a terminal, and with --json, nobody is asked',
          );
        const ref = await findGateRef(temporal, client, text);
        const { workflowId } = parseGateRef(ref);
        const chosen = given ?? (await promptForGate(await client.get(ref)));
        const { by = userInfo().username, group, comment } = flags;
        const submitting = client.answer(ref, {
          ...chosen,
          by,
          ...(group && { groups: group }),
          ...(comment && { comment }),
        });
        const answering = submitting.catch(async (error: unknown) => {
          throw await toAnswerProblem(error, client, ref, chosen);
        });
        const waiting = withSlowNotice(answering, `the delivery of the answer to ${ref}`, flags, output);
        const verdict = await withFailureJson(waiting, workflowId, flags, output);
        output.print(flags.json ? JSON.stringify(verdict) : `${ref}: ${formatVerdict(verdict)}`);
      }),
    );
  addExamples(
    answer,
    "gate answer 'duvo-run-invoice-4711#5fab5406…' --approve --comment 'checked with sales'",
    "gate answer 'duvo-run-invoice-4711#81c2…' --answer 'Which ledger?=4400'",
  );
  addChanges(gates, output);
  addExport(gates, output);
  addVerify(gates, output);
}

/** @throws BatchNotFoundError */
async function checkBatchExists(temporal: Client, batchId: string): Promise<void> {
  await describeWorkflow(temporal, batchId).catch((error: unknown) => {
    throw (error as Error).name === 'WorkflowNotFoundError' ? new BatchNotFoundError(batchId) : error;
  });
}

function gateColumns(open: GateSummary[]): Column<GateSummary>[] {
  const shortRef = shortenGateRefs(open.map(({ ref }) => ref));
  return [
    { head: 'gate', value: ({ ref }) => shortRef(ref), rank: 0, minWidth: 20 },
    { head: 'type', value: ({ type }) => type, rank: 4 },
    { head: 'age', value: ({ openedAt }) => formatAge(openedAt), rank: 1 },
    { head: 'due', value: ({ due }) => formatDue(due), rank: 2 },
    ...peopleColumns(open),
    ...failedChannelColumns(open),
    { head: 'title', value: ({ title }) => title, rank: 3, minWidth: 12 },
  ];
}

/** Asks the person at the terminal. The answer is to the request that the person has seen, and to no later one. */
async function promptForGate(gate: Gate) {
  return { ...(await promptForAnswer(gate)), requestHash: gate.requestHash };
}

const collectValues = (one: string, all: string[] = []) => [...all, one];

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
    if (separatorIndex <= 0) throw new UsageError(`--answer: '${one}' is not an answer: write it as 'question=answer'`);
    const [question, label] = [one.slice(0, separatorIndex), one.slice(separatorIndex + 1)];
    const previous = answers[question];
    answers[question] = previous === undefined ? label : [previous, label].flat();
  }
  return { answers };
}

function formatVerdict({ outcome, approvals, needed }: SubmitAnswerResult): string {
  return outcome ?? `counted, ${approvals} of ${needed} approvals`;
}

export function formatGate(gate: Gate, output: Output): string {
  const questions = (gate.questions ?? []).map(({ question, options, multiSelect }) => {
    const labels = options?.map(({ label }) => label).join(' | ');
    return toOneLine(`${question}${labels ? ` [${labels}]${multiSelect ? ' (several)' : ''}` : ''}`);
  });
  return formatFields(
    {
      gate: gate.ref,
      type: gate.type,
      title: gate.title,
      description: gate.description,
      questions: questions.join('\n'),
      'open since': gate.openedAt,
      due: formatDueTime(gate),
      status: gate.status,
      ...policyFields(gate),
      notified: formatNotifications(gate),
      outcome: gate.outcome,
      by: gate.by,
      at: gate.at,
      comment: gate.comment,
      history: formatEvents(gate),
    },
    output,
  );
}
