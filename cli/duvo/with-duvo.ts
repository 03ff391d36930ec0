import { DuvoError, type DuvoClient } from '../../duvo';
import { createDuvoClient, readDuvoConfig } from '../../workers';

/** A client with the worker's own configuration (`DUVO_API_KEY`, …), for one command. */
export async function withDuvo<T>(work: (duvo: DuvoClient) => Promise<T>): Promise<T> {
  const duvo = createDuvoClient(readDuvoConfig());
  try {
    return await work(duvo);
  } finally {
    await duvo.close();
  }
}

/** Whether Duvo says that there is no such thing; some answer an id of another form with 400 or 422. */
export function isNotFoundInDuvo(error: unknown): boolean {
  return error instanceof DuvoError && (error.kind === 'not-found' || error.kind === 'invalid-request');
}
