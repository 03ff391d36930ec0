import type { Output } from './output';

/**
 * With `--json`, prints a failure also to stdout, for scripts that read only stdout. Throws the failure again, because
 * it determines the exit code.
 */
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
    // `JSON.stringify` leaves out fields that are `undefined`.
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
  /** The outcome that Duvo reports for the run. */
  outcome?: unknown;
}
