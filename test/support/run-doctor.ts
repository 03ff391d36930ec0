import { runCli } from '../../cli/program';
import type { Check } from '../../cli/doctor/check';
import { type Stack, startStack } from './stack';

const variables: Record<string, string | undefined> = {};
/** Sets environment variables until `restoreEnv` is called. A value of `undefined` removes a variable. */
export function setEnv(env: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!(name in variables)) variables[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

function restoreEnv(): void {
  setEnv(variables);
}

/** Runs `doctor` in this process. */
async function runDoctor(address: string, ...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const output = {
    print: (text: string) => out.push(text),
    note: (text: string) => notes.push(text),
    isInteractive: false,
  };
  const code = await runCli(['doctor', '--address', address, ...args], output);
  const checks = args.includes('--json') ? (JSON.parse(out.join('')) as Check[]) : [];
  return {
    code,
    text: out.join('\n'),
    notes: notes.join('\n'),
    /** Returns the check with this name. */
    on: (what: string) => checks.find((check) => check.check === what),
    broken: checks.filter(({ status }) => status === 'failed').map(({ check }) => check),
  };
}

/** The stack of the current test file. */
export let stack: Stack;

/** Starts a stack for the tests of the file, whose variables are set before each test and restored after the last one. */
export function setUpDoctor(): void {
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());
  beforeEach(() =>
    setEnv({
      DUVO_API_KEY: stack.simulator.apiKey,
      DUVO_API_BASE_URL: stack.simulator.url,
      DUVO_TASK_QUEUE: stack.taskQueue,
      DUVO_API_TASK_QUEUE: stack.apiTaskQueue,
    }),
  );
  afterAll(restoreEnv);
}

/** Runs `doctor` against the stack. */
export const doctor = (...args: string[]) => runDoctor(stack.address, ...args);
