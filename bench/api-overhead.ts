import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import { type DialectName, DuvoClient } from '../duvo';
import { type Figure, figure, median } from './figure';
import { note } from './rig';

const AT_ONCE = 16;
const PASS_MS = 1_500;
const PASSES = 9;
const RUN_ID = '5b0c4a52-3a1e-4a57-9a7e-0d4a1c1f9b10';

type Look = () => Promise<unknown>;

/**
 * `getRun` calls/s against plain undici with `JSON.parse`, of one process, from a server in another. The sides take turns,
 * so that what else the machine does meets them alike.
 */
export async function apiOverhead(): Promise<Figure[]> {
  const server = fork(join(__dirname, 'baseline/api-server.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const baseUrl = `http://127.0.0.1:${port}`;
  const pool = new Pool(baseUrl, { connections: AT_ONCE });
  const clientOf = (version: DialectName) =>
    new DuvoClient({ apiKey: 'dv_bench', baseUrl, version, teamId: 'team', maxConnections: AT_ONCE });
  const clients = { v1: clientOf('v1'), v2: clientOf('v2') };
  const sides: Record<'v1' | 'v2' | 'undici', Look> = {
    v1: () => clients.v1.runs.get(RUN_ID),
    undici: () => plain(pool),
    v2: () => clients.v2.runs.get(RUN_ID),
  };
  const seen: Record<keyof typeof sides, number[]> = { v1: [], undici: [], v2: [] };
  try {
    for (const look of Object.values(sides)) await callsPerSecond(look);
    for (let pass = 0; pass < PASSES; pass++) {
      for (const side of ['v1', 'undici', 'v2'] as const) seen[side].push(await callsPerSecond(sides[side]));
    }
  } finally {
    await Promise.all([clients.v1.close(), clients.v2.close(), pool.close()]);
    server.disconnect();
  }
  const baseline = median(seen.undici);
  note(`  v2: ${median(seen.v2).toFixed(0)} calls/s, ${(median(seen.v2) / baseline).toFixed(3)} of undici's`);
  return [figure('api-overhead', median(seen.v1), baseline, 'calls/s')];
}

async function plain(pool: Pool): Promise<unknown> {
  const { body } = await pool.request({
    method: 'GET',
    path: `/v1/runs/${RUN_ID}`,
    headers: { authorization: 'Bearer dv_bench', accept: 'application/json' },
  });
  return JSON.parse(await body.text()) as unknown;
}

async function callsPerSecond(look: Look): Promise<number> {
  const began = performance.now();
  const end = began + PASS_MS;
  let calls = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await look();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return calls / ((performance.now() - began) / 1000);
}
