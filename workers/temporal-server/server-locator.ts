/** One way to get at a server's executable. */
export interface ServerLocator {
  /** As it stands in messages: `the PATH`, `go install …`. */
  name: string;
  /** What is said before a way that takes long, such as `about 2 minutes`. */
  announcement?: string;
  /** Comes back with nothing when this way has nothing to offer. @throws Error with a one-line reason */
  find: () => Promise<ServerExecutable | undefined>;
  /** Whoever chose this way wants no other one: its error is final. */
  isExclusive?: boolean;
}

export interface ServerExecutable {
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
export async function locateServer(
  what: string,
  locators: ServerLocator[],
  fix: string,
  onProgress: (line: string) => void,
): Promise<ServerExecutable> {
  const problems: string[] = [];
  let lastFailure: string | undefined;
  for (const locator of locators) {
    if (locator.announcement) {
      onProgress(`${lastFailure ? `${lastFailure}; ` : ''}${locator.announcement}`);
    }
    try {
      const executable = await locator.find();
      if (executable) return executable;
      problems.push(`${locator.name}: none`);
    } catch (error) {
      const reason = `${locator.name}: ${error instanceof Error ? error.message : String(error)}`;
      if (locator.isExclusive) throw new Error(`${what}: ${reason}`, { cause: error });
      problems.push(reason);
      lastFailure = reason.replace(': ', ' failed: ');
    }
  }
  throw new Error(`${what} was not found and could not be installed:\n- ${problems.join('\n- ')}\n${fix}`);
}

/** Where progress goes unless the caller takes it: lines on stderr. */
export function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
