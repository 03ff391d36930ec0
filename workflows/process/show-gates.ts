import { CancellationScope, sleep } from '@temporalio/workflow';
import type { GateBook } from '../gates/gate-book';
import { canUpsertOpenGates, openGatesFingerprint, setGatesSection, upsertOpenGates } from '../gates/gate-visibility';
import { GateNotifier } from '../notifications/gate-notifier';

/** What this workflow shows of its gates. Each workflow has its own copy of a bundle's module state. */
let shownGates = '';
let showing: Promise<void> | undefined;
let notifier: GateNotifier | undefined;

/**
 * Shows the gates in Temporal's UI, in visibility and in their channels. Gates that open or close at the same time are
 * written together, and in a later workflow task when this one has written too much. A cancellation does not prevent the
 * write.
 */
export function showGates(book: GateBook): Promise<void> {
  return (showing ??= CancellationScope.nonCancellable(async () => {
    await Promise.resolve();
    while (!canUpsertOpenGates()) await sleep(1);
    showing = undefined;
    updateGateVisibility(book);
    notifyPeople(book).reconcile(book);
  }));
}

/** Returns what sends the messages about the gates. */
function notifyPeople(book: GateBook): GateNotifier {
  return (notifier ??= new GateNotifier(() => void showGates(book)));
}

/** Waits until the messages about closed gates are certain to be settled, also after the end of this workflow. */
export function settleNotifications(book: GateBook): Promise<void> {
  return notifyPeople(book).settleClosed(book);
}

function updateGateVisibility(book: GateBook): void {
  setGatesSection(book);
  const fingerprint = openGatesFingerprint(book);
  if (fingerprint === shownGates) return;
  shownGates = fingerprint;
  upsertOpenGates(book);
}
