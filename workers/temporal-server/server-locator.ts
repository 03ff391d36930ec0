/** One way to find or install a server's executable. */
export interface ServerLocator {
  /** Name for messages, such as `the PATH` or `go install …`. */
  name: string;
  /** Progress line that is reported before a slow locator runs. */
  announcement?: string;
  /** Returns undefined when there is no executable. @throws Error with a one-line reason */
  find: () => Promise<ServerExecutable | undefined>;
  /** Whether an error of this locator is final, so that no other locator runs. */
  isExclusive?: boolean;
}

export interface ServerExecutable {
  /** The executable. */
  path: string;
  /** One line: which server is used, and why. */
  source: string;
}

/**
 * Runs the locators in order until one returns an executable.
 *
 * @throws Error that lists the result of each locator
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

/** Default receiver of progress lines: stderr. */
export function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
