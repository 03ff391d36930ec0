import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import { type DialectName, DuvoClient } from '../../duvo';
import { type Figure, createFigure, median } from '../support/figure';
import { logProgress } from '../support/rig';

const CONCURRENCY = 16;
const PASS_DURATION_MS = 1_500;
const PASSES = 9;
const RUN_ID = '5b0c4a52-3a1e-4a57-9a7e-0d4a1c1f9b10';

type GetRun = () => Promise<unknown>;

/**
 * Measures `getRun` calls per second of the client, against plain undici with `JSON.parse`. The HTTP server runs in another
 * process. The clients alternate, so that other load on the machine affects each of them equally.
 */
export async function measureApiOverhead(): Promise<Figure[]> {
  const server = fork(join(__dirname, '../baseline/api-server.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const baseUrl = `http://127.0.0.1:${port}`;
  const pool = new Pool(baseUrl, { connections: CONCURRENCY });
  const createClient = (dialect: DialectName) =>
    new DuvoClient({ apiKey: 'dv_bench', baseUrl, dialect, teamId: 'team', maxConnections: CONCURRENCY });
  const clients = { v1: createClient('v1'), v2: createClient('v2') };
  const sides: Record<'v1' | 'v2' | 'undici', GetRun> = {
    v1: () => clients.v1.runs.get(RUN_ID),
    undici: () => getRunWithUndici(pool),
    v2: () => clients.v2.runs.get(RUN_ID),
  };
  const samples: Record<keyof typeof sides, number[]> = { v1: [], undici: [], v2: [] };
  try {
    for (const getRun of Object.values(sides)) await measureCallsPerSecond(getRun);
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['v1', 'undici', 'v2'] as const) samples[side].push(await measureCallsPerSecond(sides[side]));
    }
  } finally {
    await Promise.all([clients.v1.close(), clients.v2.close(), pool.close()]);
    server.disconnect();
  }
  const baseline = median(samples.undici);
  logProgress(
    `  v2: ${median(samples.v2).toFixed(0)} calls/s, ${(median(samples.v2) / baseline).toFixed(3)} of undici's`,
  );
  return [createFigure('api-overhead', median(samples.v1), baseline, 'calls/s')];
}

async function getRunWithUndici(pool: Pool): Promise<unknown> {
  const { body } = await pool.request({
    method: 'GET',
    path: `/v1/runs/${RUN_ID}`,
    headers: { authorization: 'Bearer dv_bench', accept: 'application/json' },
  });
  return JSON.parse(await body.text()) as unknown;
}

async function measureCallsPerSecond(getRun: GetRun): Promise<number> {
  const startedAt = performance.now();
  const end = startedAt + PASS_DURATION_MS;
  let calls = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await getRun();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return calls / ((performance.now() - startedAt) / 1000);
}
