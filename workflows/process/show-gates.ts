import { CancellationScope, sleep } from '@temporalio/workflow';
import type { GateBook } from '../gates/gate-book';
import { canUpsertOpenGates, openGatesFingerprint, setGatesSection, upsertOpenGates } from '../gates/gate-visibility';

/** What this workflow shows of its gates. Each workflow has its own copy of a bundle's module state. */
let shownGates = '';
let showing: Promise<void> | undefined;

/**
 * Shows the gates in Temporal's UI and in visibility. Gates that open or close at the same time are written together,
 * and in a later workflow task when this one has written too much. A cancellation does not prevent the write.
 */
export function showGates(book: GateBook): Promise<void> {
  return (showing ??= CancellationScope.nonCancellable(async () => {
    await Promise.resolve();
    while (!canUpsertOpenGates()) await sleep(1);
    showing = undefined;
    updateGateVisibility(book);
  }));
}

function updateGateVisibility(book: GateBook): void {
  setGatesSection(book);
  const fingerprint = openGatesFingerprint(book);
  if (fingerprint === shownGates) return;
  shownGates = fingerprint;
  upsertOpenGates(book);
}
