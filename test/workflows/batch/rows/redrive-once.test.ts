import { concurrentTests } from '../../../support/jest/concurrent-tests';
import { runCommand, startCommandProcess } from '../../../support/command-line';
import { collectRows, createBatchesClient, numberedItems, releaseItem, startBatch } from '../../../support/batches';
import { eventually, type Stack, startStack } from '../../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const redrive = (workflowId: string, options = {}) => createBatchesClient(stack).redrive(workflowId, options);

/** Runs a batch to its end: its first item completes, and each of the others fails, or is cancelled with its batch. */
async function endedBatch({ waits = false } = {}) {
  const batch = await startBatch(
    stack,
    numberedItems(3, (n) => (n === 0 ? {} : waits ? { waits } : { fails: true })),
    {},
  );
  if (waits) {
    await eventually(async () => (await batch.progress()).completed === 1);
    await batch.cancel();
  }
  await batch.result();
  return batch;
}

test('a redrive that is started twice is one batch, whose items run once', async () => {
  const batch = await endedBatch({ waits: true });
  const [one, other] = await Promise.all([redrive(batch.workflowId), redrive(batch.workflowId)]);
  expect(other.workflowId).toBe(one.workflowId);
  expect((await redrive(batch.workflowId)).workflowId).toBe(one.workflowId);
  for (const n of [0, 1]) await releaseItem(stack, one, n);
  expect(await one.result()).toMatchObject({ items: 2, completed: 2 });
});

test('a redrive of a redrive, and a later redrive of the batch, run only what has failed in the latest one', async () => {
  const batch = await endedBatch({ waits: true });
  const first = await redrive(batch.workflowId);
  await releaseItem(stack, first, 0);
  await eventually(async () => (await first.progress()).completed === 1);
  await first.cancel();
  const second = await redrive(batch.workflowId);
  expect(second.workflowId).not.toBe(first.workflowId);
  expect((await redrive(first.workflowId)).workflowId).toBe(second.workflowId);
  await second.cancel();
  const third = await redrive(second.workflowId);
  await releaseItem(stack, third, 0);
  expect(await third.result()).toMatchObject({ items: 1, completed: 1 });
  await expect(redrive(batch.workflowId)).rejects.toMatchObject({ name: 'NothingToRedriveError', leftOut: 0 });
});

test('a redrive with a key runs the items of exactly the named batch', async () => {
  const batch = await endedBatch();
  await (await redrive(batch.workflowId)).result();
  const again = await redrive(batch.workflowId, { key: `again-${batch.workflowId}` });
  expect((await collectRows(again)).map(({ status }) => status)).toEqual(['failed', 'failed']);
});

test('a redrive of a batch that still runs is refused at once', async () => {
  const batch = await startBatch(
    stack,
    numberedItems(1, () => ({ waits: true })),
    {},
  );
  for (const options of [{}, { key: `early-${batch.workflowId}` }])
    await expect(redrive(batch.workflowId, options)).rejects.toMatchObject({
      name: 'WorkflowConflictError',
      message: expect.stringContaining('still runs') as string,
    });
  await batch.cancel();
});

test('the command for a redrive of a completed batch starts nothing and succeeds', async () => {
  const batch = await startBatch(stack, numberedItems(1), {});
  await batch.result();
  const { code, notes } = await runCommand('batch', 'redrive', batch.workflowId, '--address', stack.address);
  expect({ code, notes }).toEqual({ code: 0, notes: `nothing to redrive: all items of ${batch.workflowId} completed` });
});

test('a command for a redrive that was killed is repeated: it attaches, and no item runs twice', async () => {
  const batch = await endedBatch({ waits: true });
  const killed = startCommandProcess('batch', 'redrive', batch.workflowId, '--address', stack.address);
  const id = await eventually(
    () => /^(\S+): storing its items/.exec(killed.findNotes('storing its items')?.[0] ?? '')?.[1],
  );
  killed.kill?.('SIGKILL');
  await killed.code;
  const repeated = startCommandProcess('batch', 'redrive', batch.workflowId, '--json', '--address', stack.address);
  await eventually(() => repeated.findNotes(`${id}: exists already`));
  const attached = createBatchesClient(stack).get(id);
  for (const n of [0, 1]) await releaseItem(stack, attached, n);
  expect(await repeated.code).toBe(0);
  expect(JSON.parse(repeated.out.join(''))).toMatchObject({ workflowId: id, items: 2, completed: 2 });
});
