import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { ChangeGateResult, GatesClient } from '../../client';
import { parseGateRef } from '../../contract';
import { type ConnectionFlags, addConnectionFlags, withDuvoWorkflows } from '../connection';
import { dueFlag } from '../flags/due-flag';
import { addExamples } from '../flags/examples';
import { integerFlag, nonBlankFlag } from '../flags/flag-options';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { withFailureJson } from '../terminal/with-failure-json';
import { findGateRef } from './find-ref';

interface Flags extends ConnectionFlags {
  by?: string;
  group?: string[];
  reason: string;
}

interface ReassignFlags extends Flags {
  to: string[];
  mode?: 'add' | 'replace';
  quorum?: number;
}

interface ExtendFlags extends Flags {
  due: string;
}

type Person = { by: string; groups?: string[]; reason: string };

/** Adds the commands that change an open gate by hand. */
export function addChanges(gates: Command, output: Output): void {
  const reassign = addChange<ReassignFlags>(
    gates.command('reassign <gate>').description('change who may answer an open gate'),
    output,
    (client, ref, person, { to, mode, quorum }) =>
      client.reassign(ref, { ...person, approvers: to, ...(mode && { mode }), ...(quorum && { quorum }) }),
  )
    .addOption(namesFlag('--to <name>', 'a person or group who may answer; repeat it for every name'))
    .addOption(
      new Option('--mode <mode>', 'replace the approvers, or add to them (default: replace)').choices([
        'replace',
        'add',
      ]),
    )
    .addOption(
      integerFlag('--quorum <n>', 'number of people who must approve, with those who have (default: as before)', 1),
    );
  addExamples(reassign, "gate reassign 'duvo-run-invoice-4711#5fab5406…' --to bob@example.com --reason 'Al is ill'");

  const extend = addChange<ExtendFlags>(
    gates.command('extend <gate>').description('move the due time of an open gate'),
    output,
    (client, ref, person, { due }) => client.extend(ref, { ...person, due }),
  ).addOption(
    dueFlag(
      '--due <time>',
      "the new due time: a duration from now, also '2 business days' of the gate's calendar, or ISO 8601 with an offset",
    ).makeOptionMandatory(),
  );
  addExamples(extend, "gate extend 'duvo-run-invoice-4711#5fab5406…' --due 2d --reason 'Waits for the supplier'");

  const withdraw = addChange<Flags>(
    gates.command('withdraw <gate>').description('close an open gate of a process without an answer'),
    output,
    (client, ref, person) => client.withdraw(ref, person),
  );
  addExamples(withdraw, "gate withdraw 'pay-4711#p-1' --reason 'The invoice was cancelled'");
}

function addChange<F extends Flags>(
  command: Command,
  output: Output,
  send: (client: GatesClient, ref: string, person: Person, flags: F) => Promise<ChangeGateResult>,
): Command {
  return addConnectionFlags(command)
    .addOption(nonBlankFlag('--by <name>', "the person who changes the gate (default: this machine's user)"))
    .addOption(namesFlag('--group <name>', 'a group of this person; repeat it for every group', false))
    .addOption(nonBlankFlag('--reason <text>', 'why the gate is changed, kept as evidence').makeOptionMandatory())
    .action((text: string, flags: F) =>
      withDuvoWorkflows(flags, async ({ gates: client }, temporal) => {
        const ref = await findGateRef(temporal, client, text);
        const { by = userInfo().username, group: groups, reason } = flags;
        const sending = send(client, ref, { by, ...(groups && { groups }), reason }, flags);
        const waiting = withSlowNotice(sending, `the change of ${ref}`, flags, output);
        const result = await withFailureJson(waiting, parseGateRef(ref).workflowId, flags, output);
        output.print(flags.json ? JSON.stringify(result) : `${ref}: ${formatChange(result)}`);
      }),
    );
}

function namesFlag(flags: string, description: string, isMandatory = true): Option {
  return new Option(flags, description)
    .argParser((one: string, all: string[] = []) => [...all, one])
    .makeOptionMandatory(isMandatory);
}

function formatChange({ outcome, approvers, due }: ChangeGateResult): string {
  if (outcome) return outcome;
  return [...(approvers ? [`approvers ${approvers.join(', ')}`] : []), ...(due ? [`due ${due}`] : [])].join('; ');
}
