/** The innermost failure with a Duvo type in the cause chain of an error of the Temporal client. */
export interface FailureFacts {
  name: string;
  type?: string;
  message: string;
  details?: unknown[];
}

export async function failureOf(promise: Promise<unknown>): Promise<FailureFacts> {
  let thrown: unknown;
  try {
    const value = await promise;
    thrown = new Error(`it succeeded: ${JSON.stringify(value)}`);
  } catch (error) {
    thrown = error;
  }
  // The failure is recognised by its fields, because jest loads the SDK's classes in another realm and `instanceof` fails.
  let failure = thrown as FailureFacts & { cause?: unknown };
  for (
    let error = thrown as (FailureFacts & { cause?: unknown }) | undefined;
    error;
    error = error.cause as typeof error
  ) {
    failure = error;
    if (error.type?.startsWith('Duvo.')) break;
  }
  return failure;
}
