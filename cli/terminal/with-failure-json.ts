import type { Output } from './output';

/** With `--json` a script reads on stdout why there is no result, too. The failure goes on, to its exit code. */
export async function withFailureJson<T>(
  result: Promise<T>,
  workflowId: string,
  { json }: { json?: boolean },
  output: Output,
): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const { type, name, message } = error as { type?: string; name: string; message: string };
    if (json) output.print(JSON.stringify({ workflowId, error: { type: type ?? name, message } }));
    throw error;
  }
}
