import type { RunClocks } from '../../contract/runs';

export type Phase = 'queued' | 'agent' | 'human' | 'done';

/** The three clocks while they run. `since` is workflow time, in milliseconds. */
export interface ClockState extends RunClocks {
  phase: Phase;
  since: number;
}

export function startClocks(now: number): ClockState {
  return { queuedMs: 0, agentMs: 0, humanMs: 0, phase: 'queued', since: now };
}

/**
 * Goes on to a phase that began `agoMs` before `now`. How long ago is only believed within what workflow time allows,
 * so that neither time skipping nor a wrong clock of Duvo's bends the sums.
 */
export function enterPhase(clocks: ClockState, phase: Phase, now: number, agoMs = 0): void {
  if (phase === clocks.phase) return;
  const startedAt = now - Math.min(Math.max(agoMs, 0), Math.max(now - clocks.since, 0));
  addElapsed(clocks, clocks.phase, startedAt - clocks.since);
  clocks.phase = phase;
  clocks.since = startedAt;
}

export function readClocks(clocks: ClockState, now: number): RunClocks {
  const { queuedMs, agentMs, humanMs } = clocks;
  const sums = { queuedMs, agentMs, humanMs };
  addElapsed(sums, clocks.phase, now - clocks.since);
  return sums;
}

function addElapsed(sums: RunClocks, phase: Phase, elapsed: number): void {
  const spent = Math.max(0, elapsed);
  if (phase === 'queued') sums.queuedMs += spent;
  else if (phase === 'agent') sums.agentMs += spent;
  else if (phase === 'human') sums.humanMs += spent;
}
