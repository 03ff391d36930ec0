import { Presets, SingleBar } from 'cli-progress';
import type { BatchProgress, DuvoBatch } from '../../client';
import type { Output } from '../terminal/output';

/** Between two looks at a batch, in milliseconds. */
const LOOK_EVERY = 1_000;
/** Between two lines where there is no terminal. */
const LINE_EVERY = 30_000;

/** The time over which the rate is taken, in looks. */
const RATE_LOOKS = 60;

/** Shows how a batch gets on until `ended` settles: a bar in a terminal, now and then a line elsewhere. */
export async function showProgress(batch: DuvoBatch, ended: Promise<unknown>, output: Output): Promise<void> {
  const view = output.interactive ? bar() : lines(output);
  let over = false;
  const end = ended.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over) {
    // A batch is asked, and may have no worker for a moment: what counts is its end.
    const progress = await Promise.race([batch.progress().catch(() => undefined), end.then(() => undefined)]);
    if (progress) view.show(progress);
    await Promise.race([pause(LOOK_EVERY), end]);
  }
  view.stop();
}

interface View {
  show(progress: BatchProgress): void;
  stop(): void;
}

function bar(): View {
  const one = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} | {rate} | {left} | {inFlight} under way, {failed} failed {note}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  const rate = new Rate();
  const payload = { rate: '', left: '', inFlight: 0, failed: 0, note: '' };
  one.start(0, 0, payload);
  return {
    show: (progress) => {
      const done = doneOf(progress);
      rate.add(done);
      one.setTotal(Math.max(1, progress.items));
      one.update(done, { ...payload, ...progress, ...rate.text(progress.items - done), note: noteOf(progress) });
    },
    stop: () => one.stop(),
  };
}

function lines(output: Output): View {
  const rate = new Rate();
  let last = Date.now();
  return {
    show: (progress) => {
      const done = doneOf(progress);
      rate.add(done);
      if (Date.now() - last < LINE_EVERY) return;
      last = Date.now();
      const { left, rate: speed } = rate.text(progress.items - done);
      const { items, inFlight, failed } = progress;
      output.note(
        `${done} of ${items} done (${speed}, ${left}), ${inFlight} under way, ${failed} failed ${noteOf(progress)}`.trimEnd(),
      );
    },
    stop: () => undefined,
  };
}

export function doneOf({ completed, failed, canceled }: BatchProgress): number {
  return completed + failed + canceled;
}

function noteOf({ paused, sealed, stopped }: BatchProgress): string {
  if (stopped) return `(stopping: ${stopped})`;
  return paused ? '(paused)' : sealed ? '' : '(items are still being stored)';
}

/** Items a second over the last looks, and the time that is left at that rate. */
class Rate {
  private readonly looks: { at: number; done: number }[] = [];

  add(done: number): void {
    this.looks.push({ at: Date.now(), done });
    if (this.looks.length > RATE_LOOKS) this.looks.shift();
  }

  text(left: number): { rate: string; left: string } {
    const [first, last] = [this.looks[0], this.looks.at(-1)];
    const seconds = first && last ? (last.at - first.at) / 1_000 : 0;
    const rate = first && last && seconds > 0 ? (last.done - first.done) / seconds : 0;
    if (rate <= 0) return { rate: '…/s', left: 'time left: …' };
    const speed = rate >= 1 ? `${rate.toFixed(1)}/s` : `${(rate * 60).toFixed(1)}/min`;
    return { rate: speed, left: `time left: ${clock(left / rate)}` };
  }
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
