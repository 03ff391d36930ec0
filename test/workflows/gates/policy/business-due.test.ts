import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { BusinessCalendar } from '../../../../contract/gates/times/calendar';
import type { Gate } from '../../../../contract/gates/gates';
import { hashJson } from '../../../../contract/text/canonical-json';
import { runCommand } from '../../../support/command-line';
import { duvo, setUpDuvoWorkflows, stack } from '../../../support/duvo-workflows';
import { failureOf } from '../../../support/failures';
import { APPROVAL, gateRuns } from '../../../support/gate-runs';
import { eventually, waitForOpenGate, workflowBundle } from '../../../support/stack';
import type { DelayedGateInput } from '../../../support/workflows/processes';

setUpDuvoWorkflows();
const { result, startScenario, submit } = gateRuns(() => stack);

/** People of this calendar work around the clock, so that a business hour is an hour. */
const ALWAYS = ['00:00-24:00'];
const CALENDAR: BusinessCalendar = {
  timeZone: 'UTC',
  workingHours: { mon: ALWAYS, tue: ALWAYS, wed: ALWAYS, thu: ALWAYS, fri: ALWAYS, sat: ALWAYS, sun: ALWAYS },
};
const HOUR = 3_600_000;

const begin = (input: Partial<DelayedGateInput>): Promise<WorkflowHandle> =>
  stack.client.workflow.start('asksOf', {
    taskQueue: stack.taskQueue,
    workflowId: randomUUID(),
    args: [[{ title: 'Pay?', ...input }]],
  });
const waitForDue = (handle: WorkflowHandle): Promise<Gate> =>
  eventually(async () => (await handle.query<Gate[]>('gates').catch(() => [])).find(({ due }) => due));
const timeLeft = ({ due, openedAt }: Gate) => Date.parse(due ?? '') - Date.parse(openedAt);

test('a process gate gets its business due time once, with the calendar and the versions of the data', async () => {
  const calendar = { ...CALENDAR, holidays: { country: 'DE', days: ['02-29'] } };
  const handle = await begin({ due: '3 business hours', calendar, onTimeout: 'deny' });
  const gate = await waitForDue(handle);
  expect(gate.dueCalendar).toEqual({
    rule: '3 business hours',
    timeZone: 'UTC',
    calendarHash: hashJson(calendar),
    timeZoneData: process.versions.tz,
    holidayData: expect.stringMatching(/^\d+\./) as string,
  });
  expect(timeLeft(gate)).toBeGreaterThanOrEqual(3 * HOUR);
  const { out } = await runCommand('gate', 'show', gate.ref, '--address', stack.address);
  expect(out).toMatch(/due +\S+ \(3 business hours in UTC; calendar [0-9a-f]{12}…, time-zone data \d+\w, holiday data/);
  // By command only, the due time is computed again.
  const extended = await duvo.gates.extend(gate.ref, { by: 'boss', reason: 'later', due: '9 business hours' });
  expect(extended.due).not.toBe(gate.due);
  const later = await duvo.gates.get(gate.ref);
  expect(later).toMatchObject({ due: extended.due, dueCalendar: { rule: '9 business hours' } });
  expect(timeLeft(later)).toBeGreaterThanOrEqual(9 * HOUR);
  await duvo.gates.extend(gate.ref, { by: 'boss', reason: 'now', due: 1 });
  expect(await handle.result()).toMatchObject([{ approved: false, outcome: 'timed-out' }]);
});

test('a gate that is answered before its business due time is known closes at once', async () => {
  // This worker has no activity, so that the due time never becomes known.
  const connection = await NativeConnection.connect({ address: stack.address });
  const taskQueue = randomUUID();
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: workflowBundle() });
  await worker.runUntil(async () => {
    const args = [[{ title: 'Pay?', due: '1 business day', calendar: CALENDAR }]];
    const handle = await stack.client.workflow.start('asksOf', { taskQueue, workflowId: randomUUID(), args });
    const { gateId } = await waitForOpenGate(handle);
    await submit(handle, { gateId, approved: true, by: 'alice' });
    expect(await handle.result()).toMatchObject([{ approved: true }]);
  });
  await connection.close();
});

test('a calendar that cannot be used fails the approval, and no agent is started', async () => {
  const calendar = { ...CALENDAR, timeZone: 'Europe/Atlantis' };
  const approval = await begin({ due: '1 business day', calendar, rethrow: true });
  expect(await failureOf(approval.result())).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{ field: 'calendar.timeZone' }],
  });
  const run = await startScenario('atlantis', APPROVAL, { gate: { due: '1 business day', calendar } });
  expect(await failureOf(run.result())).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{ gates: [] }, { field: 'gate.calendar.timeZone' }],
  });
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'atlantis')).toEqual([]);
});

test('a gate of a run is due after business time, and the policy applies then', async () => {
  const gate = { due: '3 business hours', calendar: CALENDAR, onTimeout: 'deny' };
  const handle = await startScenario('business', APPROVAL, { gate });
  const open = await waitForDue(handle);
  expect(open).toMatchObject({ status: 'open', dueCalendar: { rule: '3 business hours', timeZone: 'UTC' } });
  const extended = await duvo.gates.extend(open.ref, { by: 'boss', reason: 'later', due: '30 business hours' });
  expect(Date.parse(extended.due ?? '')).toBeGreaterThan(Date.parse(open.due ?? ''));
  await duvo.gates.extend(open.ref, { by: 'boss', reason: 'now', due: 1 });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'timed-out' }]);
});

test('a gate whose due time is a time has it in UTC', async () => {
  const handle = await begin({ due: '2100-12-24T17:00:00+01:00' });
  const gate = await waitForOpenGate(handle);
  expect(gate).toMatchObject({ due: '2100-12-24T16:00:00.000Z' });
  expect(gate).not.toHaveProperty('dueCalendar');
  const business = duvo.gates.extend(gate.ref, { by: 'boss', reason: 'later', due: '1 business day' });
  expect(await failureOf(business)).toMatchObject({
    type: 'Duvo.ChangeInvalid',
    message: expect.stringMatching(/no calendar/) as string,
  });
  await submit(handle, { gateId: 'p-1', approved: true, by: 'alice' });
  await handle.result();
});
