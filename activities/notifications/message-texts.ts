/** The texts of messages about gates, before a channel escapes them for its medium. */
import type { GateEvent } from '../../contract/gates/gate-events';
import type { GateClosing, NotifiedGate } from '../../contract/gates/notified-gate';
import type { GateOutcome } from '../../contract/gates/gates';
import { cutText } from '../../contract/text/cut-text';
import { escapeText } from '../../contract/text/escape-text';

const OUTCOMES: Record<GateOutcome, string> = {
  approved: 'was approved',
  denied: 'was denied',
  answered: 'was answered',
  'answered-elsewhere': 'was answered in Duvo',
  'timed-out': 'was closed because nobody answered in time',
  withdrawn: 'was withdrawn',
};

const MAX_PERSON_CHARS = 200;
const MAX_PEOPLE_CHARS = 500;

const TYPES: Record<NotifiedGate['type'], string> = {
  approval: 'Approval',
  question: 'Question',
  unknown: 'Question',
};

/** Returns the first line of a message: the kind of the gate and its title, in one line. */
export function headline({ type, title }: NotifiedGate): string {
  return `${TYPES[type]}: ${toLine(title)}`;
}

/** Returns what a message says of a gate below its title, as pairs of a label and a text. */
export function factsOf({ due, workflowId, approvers }: NotifiedGate): [label: string, text: string][] {
  return [
    ...(due ? [['Due', formatTime(due)] as [string, string]] : []),
    ...(approvers ? [['Approvers', toLine(approvers.join(', '))] as [string, string]] : []),
    ['Workflow', toLine(workflowId)],
  ];
}

export function descriptionOf({ description }: NotifiedGate): string | undefined {
  return description === undefined ? undefined : escapeText(description);
}

/** Returns an event in words: `was escalated to bob@example.com`. */
export function describeEvent({ type, by, to, due, then }: GateEvent): string {
  const people = to ? ` to ${toLine(cutText(to.join(', '), MAX_PEOPLE_CHARS, '…'))}` : '';
  const actor = by === undefined ? '' : ` by ${toLine(cutText(by, MAX_PERSON_CHARS, '…'))}`;
  switch (type) {
    case 'reminded':
      return 'is not answered yet';
    case 'escalated':
      return then === undefined ? `was escalated${people}` : `was escalated: ${then}`;
    case 'reassigned':
      return `was reassigned${people}${actor}`;
    case 'extended':
      return `has a new due time${actor}${due === undefined ? '' : `: ${formatTime(due)}`}`;
  }
}

/** Returns the outcome in words: `was approved by alice@example.com at 14:02 UTC`. */
export function describeClosing({ outcome, by, at }: GateClosing): string {
  const time = /T(\d\d:\d\d)/.exec(at)?.[1];
  return `${OUTCOMES[outcome]}${by === undefined ? '' : ` by ${toLine(cutText(by, MAX_PERSON_CHARS, '…'))}`}${time ? ` at ${time} UTC` : ''}`;
}

function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Returns a text as one line without characters that hide or forge what is shown beside them. */
function toLine(text: string): string {
  return escapeText(text).replace(/\s+/g, ' ').trim();
}
