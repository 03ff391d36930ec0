/** Waits for a promise to be rejected, and returns the error. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error & { type?: string; field?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { type?: string; field?: string };
  }
  throw new Error('it succeeded');
}
