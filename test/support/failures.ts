/** The failure that a promise of the Temporal client ends with: the innermost that has a type. */
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
  // By shape, not by class: under jest the SDK's classes are of another realm.
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
