import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCli } from '../../cli/program';

export interface Ended {
  code: number;
  out: string;
  notes: string;
  json<T>(): T;
}

/** A command that runs, and what it has said so far. */
export interface Running {
  out: string[];
  notes: string[];
  code: Promise<number>;
  /** The notes that hold a text, once there is one. */
  told(what: string): string[] | undefined;
}

/** Begins a command line, as a script runs it: no terminal. */
export function begin(...args: string[]): Running {
  const [out, notes]: [string[], string[]] = [[], []];
  const code = runCli(args, {
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
    isInteractive: false,
  });
  return { out, notes, code, told: holding(notes) };
}

/** Begins the built command in a process of its own, which takes with it what it leaves under way. */
export function beginProcess(...args: string[]): Running {
  const child = spawn(process.execPath, [join(__dirname, '../../dist/cli/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
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
  const code = Promise.all([once(child, 'exit'), ...read]).then(([[ended]]) => ended as number);
  return { out, notes, code, told: holding(notes) };
}

function holding(notes: string[]): Running['told'] {
  return (what) => {
    const found = notes.filter((note) => note.includes(what));
    return found.length > 0 ? found : undefined;
  };
}

/** Runs a command line to its end. */
export async function command(...args: string[]): Promise<Ended> {
  const { out, notes, code } = begin(...args);
  const ended = await code;
  return {
    code: ended,
    out: out.join('\n'),
    notes: notes.join('\n'),
    json: <T>() => JSON.parse(out.join('\n')) as T,
  };
}
