import { randomUUID } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuvoWorkflows } from '../../../client';
import { textWidth } from '../../../cli/terminal/text';
import { runProcess } from '../../support/command-line';
import { eventually, type Stack, startStack } from '../../support/stack';

const COLUMNS = 80;
const TITLE = `請求書 4711 を支払いますか？ 🧾 Pay the invoice of ${'a supplier with a long name '.repeat(8)}`;
let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'duvo-columns-'));
let workflowId: string;
const scheduleId = `columns-${randomUUID()}`;

beforeAll(async () => {
  stack = await startStack();
  const { client, taskQueue, apiTaskQueue } = stack;
  const duvo = new DuvoWorkflows(client, { taskQueue, apiTaskQueue });
  const agentId = `columns-${randomUUID()}`;
  stack.simulator.script(agentId, { steps: [{ ask: { type: 'approval', title: TITLE } }], lastMessage: TITLE });
  workflowId = (await duvo.runs.start({ agentId, message: TITLE, key: `columns ${TITLE}`.slice(0, 200) })).workflowId;
  await duvo.runs.start({ agentId });
  await duvo.batches.start([{ n: 0, waits: true }], { template: { workflow: { type: 'testItem' } } });
  await duvo.schedules.create(scheduleId, { run: { agentId }, cron: ['0 6 * * *', '0 18 * * MON-FRI'], note: TITLE });
  await eventually(async () => {
    const list = await run('gate', 'list', '--agent', agentId);
    return list.out.includes('Pay') || list.out.includes('請求');
  });
});
afterAll(async () => {
  await new DuvoWorkflows(stack.client).schedules.delete(scheduleId);
  rmSync(folder, { recursive: true });
  await stack.stop();
});

const run = (...args: string[]) =>
  runProcess([...args, '--address', stack.address], {
    COLUMNS: String(COLUMNS),
    DUVO_API_KEY: stack.simulator.apiKey,
    DUVO_API_BASE_URL: stack.simulator.url,
    DUVO_TASK_QUEUE: stack.taskQueue,
    DUVO_API_TASK_QUEUE: stack.apiTaskQueue,
  });

test.each([[['run', 'list']], [['gate', 'list']], [['batch', 'list']], [['schedule', 'list', '--all']], [['doctor']]])(
  '%j fits 80 columns with real data',
  async (args) => {
    const { code, out } = await run(...args);
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => textWidth(line) > COLUMNS)).toEqual([]);
  },
);

test('the changes of schedule apply and the messages of a run fit 80 columns', async () => {
  const file = join(folder, 'schedules.json');
  const schedules = { [`columns-${randomUUID()}`]: { run: { agentId: 'a' }, cron: '@daily', note: TITLE } };
  writeFileSync(file, JSON.stringify({ group: randomUUID(), schedules }));
  for (const args of [
    ['schedule', 'apply', file, '--dry-run'],
    ['run', 'messages', workflowId],
  ]) {
    const { code, out } = await run(...args);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => textWidth(line) > COLUMNS)).toEqual([]);
  }
});

test('api --list fits 80 columns', async () => {
  const { out } = await runProcess(['api', '--list'], { COLUMNS: String(COLUMNS) });
  expect(out.split('\n').filter((line) => textWidth(line) > COLUMNS)).toEqual([]);
});

test('an id is accepted as a list shows it, and an ambiguous beginning lists the candidates', async () => {
  const { client, taskQueue, apiTaskQueue } = stack;
  const { runs } = new DuvoWorkflows(client, { taskQueue, apiTaskQueue });
  stack.simulator.script('prefix', { steps: [{ status: 'running' }] });
  const key = randomUUID();
  const ids = await Promise.all(
    [`${key}-1`, `${key}-2`].map(async (k) => (await runs.start({ agentId: 'prefix', key: k })).workflowId),
  );
  const show = (id: string) => run('run', 'show', id);
  const shortId = ids[0]?.slice(0, -1) ?? '';
  const ambiguous = await eventually(async () => {
    const shown = await show(`${shortId}…`);
    return shown.notes.includes(ids[1] ?? '') && shown;
  });
  expect(ambiguous.code).toBe(2);
  for (const id of ids) expect(ambiguous.notes).toContain(id);
  const other = (await runs.start({ agentId: 'prefix' })).workflowId;
  const found = await eventually(async () => {
    const shown = await show(`${other.slice(0, 'duvo-run-12345678'.length)}…`);
    return shown.code === 0 && shown;
  });
  expect(found.out).toContain(other);
});
