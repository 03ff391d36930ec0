import type { GateClosing, NotifiedGate } from '../../../contract/gates/notified-gate';

export const GATE: NotifiedGate = {
  gateId: 'p-1',
  ref: 'invoice-4711#p-1',
  workflowId: 'invoice-4711',
  source: 'process',
  type: 'approval',
  title: 'Pay invoice 4711?',
  description: 'The amount is odd.',
  openedAt: '2026-01-01T09:00:00.000Z',
  due: '2026-01-04T09:30:00.000Z',
};

export const APPROVED: GateClosing = {
  outcome: 'approved',
  by: 'alice@example.com',
  at: '2026-01-02T14:02:11.000Z',
};

/** A gate whose texts try to leave the place where a medium shows them. */
export const HOSTILE: NotifiedGate = {
  ...GATE,
  title:
    '<b>Pay</b> & <!channel> <https://evil.example|here> *bold* [link](https://evil.example)\r\nBcc: eve@example.com',
  description: '<script>alert(1)</script> {{DATE(2026-01-01,SHORT)}} \u202ereversed',
};
