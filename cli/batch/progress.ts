import { Presets, SingleBar } from 'cli-progress';
import type { BatchProgress, BatchResult } from '../../client';
import { columnsOf, type Output } from '../terminal/output';
import { textWidth, truncateText } from '../terminal/text';
import { RateEstimate } from './rate-estimate';

/** Time between two reads of a batch, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;
/** Time between two lines where there is no terminal, in milliseconds. */
const LINE_INTERVAL_MS = 30_000;
const MIN_BAR_COLUMNS = 10;
const MAX_BAR_COLUMNS = 30;

/** Shows the progress of a batch until `ended` settles: a bar in a terminal, elsewhere a line now and then. */
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
    // The batch's worker may be away for a moment. Only the end of the batch ends this loop.
    const progress = await Promise.race([read().catch(() => undefined), settled.then(() => undefined)]);
    if (progress) display.show((last = progress));
    await Promise.race([sleep(POLL_INTERVAL_MS), settled]);
  }
  const result = await settled;
  // The last read was before the end, so the final counts come from the result.
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

/** A bar and its text in one line that fits the terminal. A narrow terminal has no bar. */
export function formatBar(share: number, text: string, columns: number): string {
  // The last column stays empty: some terminals wrap a full line.
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

/** `12/40, 1 failed, 5 running, 2 wait for a person, 3 min left` */
export function formatProgress(progress: BatchProgress, rate: RateEstimate): string {
  const { items, failed, inFlight, waitingForPeople } = progress;
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

/** Why the time that is left cannot be estimated. */
function statusNote({ paused, allPagesStored, stopped }: BatchProgress): string | undefined {
  if (stopped) return `stopping: ${stopped}`;
  if (paused) return 'paused';
  return allPagesStored ? undefined : 'items are still being stored';
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
