import type { DuvoSimulator, Scenario, SimulatorOptions } from '../../testing';
import { SimulatorRequests } from './simulator-requests';

interface ResponseBody {
  code?: string;
  details?: { field: string }[];
  run?: Record<string, unknown>;
  pending_human_request?: { id: string };
  success?: boolean;
  messages?: { text_content?: string; role: string }[];
  total?: number;
}

const requests = new SimulatorRequests<ResponseBody>();

/** Sends a request to the simulator of the current test. */
export const call = requests.call.bind(requests);
/** The simulator of the current test. */
export let simulator: DuvoSimulator;

/** Starts a simulator whose agent `agent` runs without an end. */
export const begin = async (options: SimulatorOptions = {}) => {
  simulator = await requests.start(options);
  simulator.script('agent', { steps: [{ status: 'running' }] });
};

/** Closes the simulator after each test of the file. */
export function setUpAgentRequests(): void {
  afterEach(() => requests.close());
}

/** Starts a run of the agent, with a scenario if one is given, and returns the run's id. */
export const start = async (scenario?: Scenario) => {
  if (scenario) simulator.script('agent', scenario);
  const { body } = await call('POST', '/v1/runs', { agent_id: 'agent', message: 'Read it' });
  return String(body.run?.['id']);
};

/** Polls a run, and returns the body of the response. */
export const look = async (id: string) => (await call('GET', `/v1/runs/${id}`)).body;
