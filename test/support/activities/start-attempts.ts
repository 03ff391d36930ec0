import { createDuvoActivities, type DuvoActivities, type RunSnapshot } from '../../../activities';
import { DuvoClient } from '../../../duvo';
import { DuvoSimulator } from '../../../testing';
import { type AttemptInfo, recordAttempt } from './activity-attempt';

export const AGENT = 'agent';

/** The simulator of the current test. It ignores idempotency keys. */
export let simulator: DuvoSimulator;
/** A client of the simulator. */
export let duvo: DuvoClient;
let activities: DuvoActivities;

/** Starts a new simulator with a running agent, and a client of it, for each test of the file. */
export function setUpStartAttempts(): void {
  beforeEach(async () => {
    simulator = await DuvoSimulator.start({ apiKey: 'dv_test', idempotencyKeyMode: 'ignore' });
    duvo = new DuvoClient({ apiKey: 'dv_test', baseUrl: simulator.url });
    activities = createDuvoActivities({ client: duvo });
    simulator.script(AGENT, { steps: [{ status: 'running' }] });
  });
  afterEach(async () => {
    await duvo.close();
    await simulator.close();
  });
}

/** Runs one attempt of a start. */
export const attempt = (info: AttemptInfo = {}, key = 'key', message = 'read it', by = activities) =>
  recordAttempt<RunSnapshot>(() => by.startRun({ agentId: AGENT, key, ...(message && { message }) }), info);

/** Returns the facts of a second attempt, which has the heartbeat details of the first one. The first one has failed. */
export const again = (lastDetails: object | undefined, info: AttemptInfo = {}): AttemptInfo => ({
  attempt: 2,
  heartbeatDetails: lastDetails && { settledAttempt: 1, ...lastDetails },
  ...info,
});

/** Returns the number of starts that the simulator has received. */
export const starts = () => simulator.ledger.filter(({ operation }) => operation === 'start').length;
