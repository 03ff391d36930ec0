import { Presets, SingleBar } from 'cli-progress';
import type { BatchProgress, DuvoBatch } from '../../client';
import type { Output } from '../terminal/output';

/** Between two looks at a batch, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;
/** Between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 30_000;

/** The time over which the rate is taken, in looks. */
const MAX_RATE_SAMPLES = 60;

/** Shows how a batch gets on until `ended` settles: a bar in a terminal, now and then a line elsewhere. */
export async function showProgress(batch: DuvoBatch, ended: Promise<unknown>, output: Output): Promise<void> {
  const view = output.isInteractive ? createProgressBar() : createProgressLines(output);
  let isSettled = false;
  const settled = ended.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  while (!isSettled) {
    // A batch is asked, and may have no worker for a moment: what counts is its end.
    const progress = await Promise.race([batch.progress().catch(() => undefined), settled.then(() => undefined)]);
    if (progress) view.show(progress);
    await Promise.race([sleep(POLL_INTERVAL_MS), settled]);
  }
  view.stop();
}

interface ProgressView {
  show(progress: BatchProgress): void;
  stop(): void;
}

function createProgressBar(): ProgressView {
  const singleBar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} | {rate} | {left} | {inFlight} under way, {failed} failed {note}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  const rate = new RateEstimate();
  const payload = { rate: '', left: '', inFlight: 0, failed: 0, note: '' };
  singleBar.start(0, 0, payload);
  return {
    show: (progress) => {
      const done = countDone(progress);
      rate.add(done);
      singleBar.setTotal(Math.max(1, progress.items));
      singleBar.update(done, {
        ...payload,
        ...progress,
        ...rate.format(progress.items - done),
        note: statusNote(progress),
      });
    },
    stop: () => singleBar.stop(),
  };
}

function createProgressLines(output: Output): ProgressView {
  const rate = new RateEstimate();
  let lastLineAtMs = Date.now();
  return {
    show: (progress) => {
      const done = countDone(progress);
      rate.add(done);
      if (Date.now() - lastLineAtMs < LINE_INTERVAL_MS) return;
      lastLineAtMs = Date.now();
      const { left, rate: speed } = rate.format(progress.items - done);
      const { items, inFlight, failed } = progress;
      output.note(
        `${done} of ${items} done (${speed}, ${left}), ${inFlight} under way, ${failed} failed ${statusNote(progress)}`.trimEnd(),
      );
    },
    stop: () => undefined,
  };
}

export function countDone({ completed, failed, canceled }: BatchProgress): number {
  return completed + failed + canceled;
}

function statusNote({ paused, allPagesStored, stopped }: BatchProgress): string {
  if (stopped) return `(stopping: ${stopped})`;
  return paused ? '(paused)' : allPagesStored ? '' : '(items are still being stored)';
}

/** Items a second over the last looks, and the time that is left at that rate. */
class RateEstimate {
  private readonly samples: { at: number; done: number }[] = [];

  add(done: number): void {
    this.samples.push({ at: Date.now(), done });
    if (this.samples.length > MAX_RATE_SAMPLES) this.samples.shift();
  }

  format(left: number): { rate: string; left: string } {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    const seconds = first && last ? (last.at - first.at) / 1_000 : 0;
    const rate = first && last && seconds > 0 ? (last.done - first.done) / seconds : 0;
    if (rate <= 0) return { rate: '…/s', left: 'time left: …' };
    const speed = rate >= 1 ? `${rate.toFixed(1)}/s` : `${(rate * 60).toFixed(1)}/min`;
    return { rate: speed, left: `time left: ${formatClock(left / rate)}` };
  }
}

function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
