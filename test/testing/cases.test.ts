import { DuvoSimulator, RemoteSimulator, type SimulatorOptions } from '../../testing';

let simulator: DuvoSimulator;
let queue: string;
const begin = async (options: SimulatorOptions = {}, agentId?: string) => {
  simulator = await DuvoSimulator.start(options);
  queue = simulator.addQueue({ agentId });
};
afterEach(() => simulator.close());

interface Case {
  id: string;
  status: string;
  display_status: string;
  completed_at: string | null;
  claimed_by_run_id: string | null;
}
const call = async <T>(method: string, path: string, body?: object) => {
  const response = await fetch(simulator.url + path, {
    method,
    headers: {
      authorization: `Bearer ${simulator.apiKey}`,
      ...(body && { 'idempotency-key': 'k', 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
};
const add = async () => {
  const body = { case: { title: 'one' } };
  const { added_cases } = await call<{ added_cases: Case[] }>('POST', `/v2/queues/${queue}/cases`, body);
  return added_cases[0]?.id ?? '';
};
const read = async (id: string) => (await call<{ case: Case }>('GET', `/v2/cases/${id}`)).case;

test('a case stays pending until a test settles it', async () => {
  await begin();
  const id = await add();
  expect(await read(id)).toMatchObject({ status: 'pending', display_status: 'pending', completed_at: null });
  simulator.settleCase(id, 'failed');
  const at = expect.any(String) as string;
  expect(await read(id)).toMatchObject({ status: 'failed', display_status: 'failed', completed_at: at });
  await new RemoteSimulator(simulator.url).settleCase(id, 'completed');
  expect(await read(id)).toMatchObject({ status: 'completed' });
});

test.each([
  ['0s', 'completed', 'completed'],
  [1e12, 'pending', 'pending'],
])('a new case with the case duration %p is %s', async (caseDuration, status, display_status) => {
  await begin({ caseDuration });
  expect(await read(await add())).toMatchObject({ status, display_status });
});

test('a case is in progress after half of its duration and completed after all of it', async () => {
  await begin({ caseDuration: '2h' });
  const id = await add();
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now');
  const seen: string[] = [];
  for (const minutes of [59, 61, 121]) {
    clock.mockReturnValue(now + minutes * 60_000);
    seen.push((await read(id)).display_status);
  }
  clock.mockRestore();
  expect(seen).toEqual(['pending', 'in_progress', 'completed']);
});

test('a case that an agent claimed has the status of its run', async () => {
  await begin({ caseDuration: 0 }, 'reader');
  simulator.script('reader', { steps: [{ status: 'running' }] });
  const id = await add();
  const [run] = simulator.runs;
  expect(await read(id)).toMatchObject({ display_status: 'in_progress', claimed_by_run_id: run?.id });
});

test('an invalid case duration is refused at the start', async () => {
  await begin();
  await expect(DuvoSimulator.start({ caseDuration: 'soon' })).rejects.toThrow('not a duration');
});
