import { DuvoError, type DuvoClient } from '../../duvo';
import { createDuvoClient, readDuvoConfig } from '../../workers';

/**
 * Runs `work` with a Duvo client that reads the same environment variables as the worker (`DUVO_API_KEY`, …), and
 * closes the client.
 */
export async function withDuvo<T>(work: (duvo: DuvoClient) => Promise<T>): Promise<T> {
  const duvo = createDuvoClient(readDuvoConfig());
  try {
    return await work(duvo);
  } finally {
    await duvo.close();
  }
}

/**
 * Returns whether the error means that Duvo has no resource with this id. Some endpoints refuse an id of another format
 * with 400 or 422.
 */
export function isNotFoundInDuvo(error: unknown): boolean {
  return error instanceof DuvoError && (error.kind === 'not-found' || error.kind === 'invalid-request');
}
