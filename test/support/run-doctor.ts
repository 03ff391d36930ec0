import { runCli } from '../../cli/program';
import type { Check } from '../../cli/doctor/check';

const variables: Record<string, string | undefined> = {};
/** Sets environment variables until `restoreEnv` is called. A value of `undefined` removes a variable. */
export function setEnv(env: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!(name in variables)) variables[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

export function restoreEnv(): void {
  setEnv(variables);
}

/** Runs `doctor` in this process. */
export async function runDoctor(address: string, ...args: string[]) {
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
