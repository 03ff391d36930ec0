import type { RunFault } from '../../activities';
import type { ReadFault } from '../../contract/read-faults';
import type { RunMemory } from './run-machine';

/** Returns why the run cannot be read at present, for people. */
export function toReadFault({ fault }: RunMemory): ReadFault | undefined {
  if (!fault) return undefined;
  const { last, sinceMs } = fault.faults;
  const { times: _, ...facts } = last;
  return { ...facts, since: new Date(sinceMs).toISOString(), nextPoll: new Date(fault.nextPollAtMs).toISOString() };
}

/**
 * Records that the run could not be read. The faults are kept until a poll has read the run, no matter whether the watch, a
 * hint or an update requested that poll.
 */
export function applyReadFault(memory: RunMemory, { faults, nextPollMs, minDelayMs }: RunFault, now: number): void {
  memory.fault = { faults, nextPollAtMs: now + nextPollMs, notBeforeMs: now + minDelayMs };
}
