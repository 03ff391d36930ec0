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
    out: (text) => out.push(text),
    note: (text) => notes.push(text),
    interactive: false,
  });
  const told = (what: string) => {
    const found = notes.filter((note) => note.includes(what));
    return found.length > 0 ? found : undefined;
  };
  return { out, notes, code, told };
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
