import type { Output } from './output';

/** With `--json`, prints a failure to stdout as well, for scripts that read only stdout. Rethrows for the exit code. */
export async function withFailureJson<T>(
  result: Promise<T>,
  workflowId: string,
  { json }: { json?: boolean },
  output: Output,
): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const { type, name, message, lastMessage, outcome } = error as FailureLike;
    // `JSON.stringify` leaves out what is undefined.
    const fields = { type: type ?? name, message, lastMessage, outcome };
    if (json) output.print(JSON.stringify({ workflowId, error: fields }));
    throw error;
  }
}

interface FailureLike {
  type?: string;
  name: string;
  message: string;
  /** The agent's last message. */
  lastMessage?: string;
  /** Duvo's outcome of the run. */
  outcome?: unknown;
}
