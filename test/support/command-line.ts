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

/** A command that runs, and what it has printed so far. */
export interface RunningCommand {
  out: string[];
  notes: string[];
  code: Promise<number>;
  /** Returns the notes that contain a text; nothing when there is none yet. */
  findNotes(what: string): string[] | undefined;
  /** Sends a signal to the command's own process; absent for a command in this process. */
  kill?(signal: NodeJS.Signals): void;
}

/** Starts a command line in this process, as a script runs it: without a terminal. */
export function startCommand(...args: string[]): RunningCommand {
  const [out, notes]: [string[], string[]] = [[], []];
  const code = runCli(args, {
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
    isInteractive: false,
  });
  return { out, notes, code, findNotes: noteFinder(notes) };
}

/** Starts the built command in its own process, whose end also ends requests that the command left open. */
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

/** Runs a command line to its end, as a script runs it: without a terminal. */
export function runCommand(...args: string[]): Promise<CommandResult> {
  return waitForResult(startCommand(...args));
}

/** Runs the built command in its own process to its end, with variables added to the environment. */
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
