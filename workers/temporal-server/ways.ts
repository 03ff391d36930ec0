/** One way to get at a server's executable. */
export interface Way {
  /** As it stands in messages: `the PATH`, `go install …`. */
  name: string;
  /** What is said before a way that takes long, such as `about 2 minutes`. */
  announce?: string;
  /** Comes back with nothing when this way has nothing to offer. @throws Error with a one-line reason */
  find: () => Promise<Found | undefined>;
  /** Whoever chose this way wants no other one: its error is final. */
  only?: boolean;
}

export interface Found {
  /** The executable. */
  path: string;
  /** One line: which server is used, and why. */
  source: string;
}

/**
 * Goes through the ways in their order.
 *
 * @throws Error that names each way that was tried and what came of it
 */
export async function firstThatWorks(
  what: string,
  ways: Way[],
  mend: string,
  onProgress: (line: string) => void,
): Promise<Found> {
  const tried: string[] = [];
  let failed: string | undefined;
  for (const way of ways) {
    if (way.announce) {
      onProgress(`${failed ? `${failed}; ` : ''}${way.announce}`);
    }
    try {
      const found = await way.find();
      if (found) return found;
      tried.push(`${way.name}: none`);
    } catch (error) {
      const reason = `${way.name}: ${error instanceof Error ? error.message : String(error)}`;
      if (way.only) throw new Error(`${what}: ${reason}`, { cause: error });
      tried.push(reason);
      failed = reason.replace(': ', ' failed: ');
    }
  }
  throw new Error(`${what} was not found and could not be installed:\n- ${tried.join('\n- ')}\n${mend}`);
}

/** Where progress goes unless the caller takes it: lines on stderr. */
export function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
