import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCli } from '../../cli/program';

export interface CommandResult {
  code: number;
  out: string;
  notes: string;
  json<T>(): T;
}

/** A running command and its output so far. */
export interface RunningCommand {
  out: string[];
  notes: string[];
  code: Promise<number>;
  /** Returns the lines on stderr that contain the text, or `undefined` while there is none. */
  findNotes(what: string): string[] | undefined;
  /** Sends a signal to the command's own process; absent for a command in this process. */
  kill?(signal: NodeJS.Signals): void;
}

/** Starts a command line in this process, without a terminal. */
export function startCommand(...args: string[]): RunningCommand {
  const [out, notes]: [string[], string[]] = [[], []];
  const code = runCli(args, {
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
    isInteractive: false,
  });
  return { out, notes, code, findNotes: noteFinder(notes) };
}

/** Starts the built command in a separate process. The end of that process also ends requests that the command left open. */
export function startCommandProcess(...args: string[]): RunningCommand {
  return spawnCommand(args, process.env);
}

function spawnCommand(args: string[], env: NodeJS.ProcessEnv): RunningCommand {
  const child = spawn(process.execPath, [join(__dirname, '../../dist/cli/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const [out, notes]: [string[], string[]] = [[], []];
  const read = [
    once(
      createInterface(child.stdout).on('line', (line) => out.push(line)),
      'close',
    ),
    once(
      createInterface(child.stderr).on('line', (line) => notes.push(line)),
      'close',
    ),
  ];
  const code = Promise.all([once(child, 'exit'), ...read]).then(([[exitCode]]) => exitCode as number);
  return { out, notes, code, findNotes: noteFinder(notes), kill: (signal) => void child.kill(signal) };
}

function noteFinder(notes: string[]): RunningCommand['findNotes'] {
  return (what) => {
    const found = notes.filter((note) => note.includes(what));
    return found.length > 0 ? found : undefined;
  };
}

/** Runs a command line in this process to its end, without a terminal. */
export function runCommand(...args: string[]): Promise<CommandResult> {
  return waitForResult(startCommand(...args));
}

/** Runs the built command in a separate process to its end. `env` is added to its environment variables. */
export function runProcess(args: string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return waitForResult(spawnCommand(args, { ...process.env, ...env }));
}

async function waitForResult({ out, notes, code }: RunningCommand): Promise<CommandResult> {
  const exitCode = await code;
  return {
    code: exitCode,
    out: out.join('\n'),
    notes: notes.join('\n'),
    json: <T>() => JSON.parse(out.join('\n')) as T,
  };
}
