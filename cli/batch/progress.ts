import { Presets, SingleBar } from 'cli-progress';
import type { BatchProgress, BatchResult } from '../../client';
import { columnsOf, type Output } from '../terminal/output';
import { textWidth, truncateText } from '../terminal/text';
import { RateEstimate } from './rate-estimate';

/** Time between two reads of a batch, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;
/** Time between two progress lines when the output is not a terminal, in milliseconds. */
const LINE_INTERVAL_MS = 30_000;
const MIN_BAR_COLUMNS = 10;
const MAX_BAR_COLUMNS = 30;

/**
 * Shows the progress of a batch until `ended` settles: as a bar in a terminal, otherwise as a line every 30 seconds.
 */
export async function showProgress(
  read: () => Promise<BatchProgress>,
  ended: Promise<BatchResult>,
  output: Output,
): Promise<void> {
  const display = output.isInteractive ? createProgressBar(output) : createProgressLines(output);
  let isSettled = false;
  const settled = ended.then(
    (result) => {
      isSettled = true;
      return result;
    },
    () => {
      isSettled = true;
      return undefined;
    },
  );
  let last: BatchProgress | undefined;
  while (!isSettled) {
    // A read fails while the batch has no worker, which may be for a moment only. Only the end of the batch ends this
    // loop.
    const progress = await Promise.race([read().catch(() => undefined), settled.then(() => undefined)]);
    if (progress) display.show((last = progress));
    await Promise.race([sleep(POLL_INTERVAL_MS), settled]);
  }
  const result = await settled;
  // The last read was made before the batch ended, so the final counts come from the batch's result.
  if (result && last) display.show({ ...last, ...result, inFlight: 0, waitingForPeople: 0, allPagesStored: true });
  display.stop();
}

interface Display {
  show(progress: BatchProgress): void;
  stop(): void;
}

function createProgressBar(output: Output): Display {
  const rate = new RateEstimate();
  let text = '';
  const bar = new SingleBar(
    {
      format: (_options, { progress }) => formatBar(progress, text, columnsOf(output)),
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return {
    show: (progress) => {
      rate.add(countDone(progress));
      text = formatProgress(progress, rate);
      bar.setTotal(Math.max(1, progress.items));
      bar.update(countDone(progress));
    },
    stop: () => bar.stop(),
  };
}

/** Formats a progress bar and its text as one line that fits the terminal. In a narrow terminal the bar is left out. */
export function formatBar(share: number, text: string, columns: number): string {
  // The last column stays empty, because some terminals wrap a line that fills the whole width.
  const room = columns - 1 - textWidth(text) - 1;
  if (room < MIN_BAR_COLUMNS) return truncateText(text, columns - 1);
  const width = Math.min(room, MAX_BAR_COLUMNS);
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}`;
}

function createProgressLines(output: Output): Display {
  const rate = new RateEstimate();
  let lastLineAtMs = Date.now();
  return {
    show: (progress) => {
      rate.add(countDone(progress));
      if (Date.now() - lastLineAtMs < LINE_INTERVAL_MS) return;
      lastLineAtMs = Date.now();
      output.note(formatProgress(progress, rate));
    },
    stop: () => {},
  };
}

/** Formats progress as `12/40, 1 failed, 5 running, 2 wait for a person, 3 min left`. */
export function formatProgress(progress: BatchProgress, rate: RateEstimate): string {
  const { items, failed, inFlight, waitingForPeople = 0 } = progress;
  const running = Math.max(0, inFlight - waitingForPeople);
  const parts = [
    `${countDone(progress)}/${items}`,
    failed > 0 && `${failed} failed`,
    running > 0 && `${running} running`,
    waitingForPeople > 0 && `${waitingForPeople} wait${waitingForPeople === 1 ? 's' : ''} for a person`,
    statusNote(progress) ?? (running > 0 && rate.formatTimeLeft(items - countDone(progress))),
  ];
  return parts.filter(Boolean).join(', ');
}

export function countDone({ completed, failed, canceled }: BatchProgress): number {
  return completed + failed + canceled;
}

/** Returns the reason why the remaining time cannot be estimated, such as a pause. */
function statusNote({ paused, allPagesStored, stopped }: BatchProgress): string | undefined {
  if (stopped) return `stopping: ${stopped}`;
  if (paused) return 'paused';
  return allPagesStored ? undefined : 'items are still being stored';
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
