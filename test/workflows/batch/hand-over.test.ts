import type { temporal } from '@temporalio/proto';
import { waitForItem, releaseItem, numberedItems, pageHandle, startBatch } from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

type Event = temporal.api.history.v1.IHistoryEvent;

const WIDTH = 8;

/** One workflow task of a page: the events that it received, and the commands that it returned. */
interface Task {
  heard: Event[];
  said: Event[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

function tasksOf(events: Event[]): Task[] {
  const tasks: Task[] = [];
  let heard: Event[] = [];
  const byId = new Map<string, Task>();
  for (const event of events) {
    const task = byId.get(String(taskIdOf(event)));
    if (task) task.said.push(event);
    else if (event.workflowTaskStartedEventAttributes) {
      tasks.push({ heard, said: [] });
      heard = [];
    } else if (event.workflowTaskCompletedEventAttributes) byId.set(String(event.eventId), tasks.at(-1) as Task);
    else heard.push(event);
  }
  return tasks;
}

const taskIdOf = ({ startChildWorkflowExecutionInitiatedEventAttributes: start, ...event }: Event) =>
  (start ?? event.signalExternalWorkflowExecutionInitiatedEventAttributes)?.workflowTaskCompletedEventId;
const starts = ({ said }: Task) => said.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
const signals = ({ said }: Task, name: string) =>
  said.filter((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName === name);
const ends = ({ heard }: Task) => heard.filter((event) => event.childWorkflowExecutionCompletedEventAttributes);
const hasHeard = ({ heard }: Task, name: string) =>
  heard.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === name);

test('a page hands a slot over in the workflow task that frees it, and the next page uses it in the task that receives it', async () => {
  const pad = 'x'.repeat(4_000);
  const items = numberedItems(60, (n) => ({ waits: n < WIDTH, pad }) as object);
  const batch = await startBatch(stack, items, { concurrency: WIDTH });
  const tasks = async (page: number) => tasksOf((await pageHandle(stack, batch, page).fetchHistory()).events ?? []);
  await waitForItem(stack, batch, WIDTH - 1);
  await eventually(async () => (await tasks(1)).some((task) => hasHeard(task, 'setSuccessor')));
  for (const { n } of numberedItems(WIDTH)) await releaseItem(stack, batch, n);
  expect(await batch.result()).toMatchObject({ completed: 60, pages: 2 });

  const first = await tasks(1);
  const afterLastStart = first.slice(first.findLastIndex((task) => starts(task).length > 0) + 1);
  expect(afterLastStart.length).toBeGreaterThan(0);
  for (const task of afterLastStart) expect(signals(task, 'addSlots')).toHaveLength(ends(task).length > 0 ? 1 : 0);
  const [hearing] = (await tasks(2)).filter((task) => hasHeard(task, 'addSlots'));
  expect(hearing && starts(hearing).length).toBeGreaterThan(0);
});
