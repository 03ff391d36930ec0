import type { RunStop } from '../../client';

/** Returns why the workflow has not stopped the run yet; `undefined` while the stop waits for nothing. */
export function stopWaitText({ waitsWhile }: RunStop): string | undefined {
  return waitsWhile && `Duvo ignores a stop while the run is ${waitsWhile}`;
}
