import { findGateTimes } from '../gates/changes/gate-times';
import { closeGate, type GateBook, listOpenGates } from '../gates/gate-book';
import { type Due, DueTimers } from './due-timer';

/** The timers of this workflow's gates. Each workflow has its own copy of a bundle's module state. */
const timers = new DueTimers();

/**
 * Starts the timers of the open gates of a process, and cancels those that are not needed any more.
 *
 * @param onChanged called when a gate was reminded, was escalated, or has timed out
 */
export function updateGateTimers(book: GateBook, onChanged: () => void): void {
  const dues = new Map<object, Due>();
  for (const record of listOpenGates(book)) {
    const times = findGateTimes(book, record, () => {
      // An answer may have closed the gate in the same task in which the timer has fired.
      if (record.gate.status === 'open') closeGate(book, record, 'timed-out', Date.now());
    });
    for (const [time, apply] of times)
      dues.set(time, {
        atMs: time.atMs,
        apply: () => {
          apply(Date.now());
          updateGateTimers(book, onChanged);
          onChanged();
        },
      });
  }
  timers.update(dues);
}
