import type { RunClocks } from '../../../contract/runs';

export type Phase = 'queued' | 'agent' | 'human' | 'done';

/** The three clocks and the current phase. `phaseStartedAtMs` is workflow time. */
export interface ClockState extends RunClocks {
  phase: Phase;
  phaseStartedAtMs: number;
}

export function startClocks(now: number): ClockState {
  return { queuedMs: 0, agentMs: 0, humanMs: 0, phase: 'queued', phaseStartedAtMs: now };
}

/**
 * Enters a phase that started `agoMs` before `now`. The start is moved into the current phase when it lies before it or
 * in the future, so that neither time skipping nor a wrong clock in Duvo falsifies the sums.
 */
export function enterPhase(clocks: ClockState, phase: Phase, now: number, agoMs = 0): void {
  if (phase === clocks.phase) return;
  const startedAt = now - Math.min(Math.max(agoMs, 0), Math.max(now - clocks.phaseStartedAtMs, 0));
  addElapsed(clocks, clocks.phase, startedAt - clocks.phaseStartedAtMs);
  clocks.phase = phase;
  clocks.phaseStartedAtMs = startedAt;
}

export function readClocks(clocks: ClockState, now: number): RunClocks {
  const { queuedMs, agentMs, humanMs } = clocks;
  const sums = { queuedMs, agentMs, humanMs };
  addElapsed(sums, clocks.phase, now - clocks.phaseStartedAtMs);
  return sums;
}

function addElapsed(sums: RunClocks, phase: Phase, elapsedMs: number): void {
  const spentMs = Math.max(0, elapsedMs);
  if (phase === 'queued') sums.queuedMs += spentMs;
  else if (phase === 'agent') sums.agentMs += spentMs;
  else if (phase === 'human') sums.humanMs += spentMs;
}
