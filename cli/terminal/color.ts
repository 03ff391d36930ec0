import { styleText } from 'node:util';
import type { Output } from './output';

type Style = 'green' | 'yellow' | 'red' | 'gray' | 'bold' | 'cyan';

/** The style of each word that occurs in statuses, outcomes and verdicts. */
const STATUS_STYLES: Record<string, Style> = {
  ok: 'green',
  completed: 'green',
  approved: 'green',
  answered: 'green',
  confirmed: 'green',
  create: 'green',
  running: 'cyan',
  started: 'cyan',
  open: 'yellow',
  waiting: 'yellow',
  warning: 'yellow',
  paused: 'yellow',
  change: 'yellow',
  failed: 'red',
  denied: 'red',
  terminated: 'red',
  timed_out: 'red',
  interrupted: 'red',
  unconfirmed: 'red',
  delete: 'red',
  skipped: 'gray',
  unchanged: 'gray',
  canceled: 'gray',
  cancelled: 'gray',
};

export function colorStatus(status: string, output: Output): string {
  const style = STATUS_STYLES[status.trim().toLowerCase()];
  return style ? applyStyle(style, status, output) : status;
}

export function applyStyle(style: Style, text: string, { hasColor }: Output): string {
  // `hasColor` already includes the check of the stream, so Node does not need to check it again.
  return hasColor ? styleText(style, text, { validateStream: false }) : text;
}
