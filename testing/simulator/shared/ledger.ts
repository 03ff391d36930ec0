import { type OperationName, OPERATION_NAMES } from './vocabulary';
import { EventEmitter } from 'node:events';

/** One request that the simulator received. */
export interface LedgerEntry {
  seq: number;
  at: string;
  /** Milliseconds since the epoch, with decimals. */
  atMs: number;
  operation: OperationName | 'unknown';
  method: string;
  path: string;
  runId?: string;
  agentId?: string;
  requestId?: string;
  idempotencyKey?: string;
  /** Absent while the request is unanswered, or when its answer was lost. */
  status?: number;
  /** Whether it changed something; the replay of a key does not. */
  committed: boolean;
  body?: unknown;
  fault?: string;
  /** The client closed the connection before it had its answer. */
  abandoned?: true;
}

/** Exact counts, however long the ledger is. */
export type SimulatorStats = Record<OperationName | 'unknown', { received: number; committed: number }>;

/** What happened, in order of arrival. Holds texts, since it is a test tool, but never a key of the API. */
export class Ledger {
  readonly entries: LedgerEntry[] = [];
  readonly stats: SimulatorStats = Object.fromEntries(
    [...OPERATION_NAMES, 'unknown'].map((name) => [name, { received: 0, committed: 0 }]),
  ) as SimulatorStats;
  private readonly changeEmitter = new EventEmitter().setMaxListeners(0);
  private lastSeq = 0;

  constructor(private readonly maxEntries = 100_000) {}

  add(entry: Omit<LedgerEntry, 'seq' | 'at' | 'atMs' | 'committed'>): LedgerEntry {
    const atMs = performance.timeOrigin + performance.now();
    const added: LedgerEntry = {
      seq: ++this.lastSeq,
      at: new Date(atMs).toISOString(),
      atMs,
      committed: false,
      ...entry,
    };
    this.entries.push(added);
    if (this.entries.length > this.maxEntries) this.entries.splice(0, this.entries.length - this.maxEntries / 2);
    this.stats[added.operation].received++;
    this.notifyChange(added);
    return added;
  }

  markCommitted(entry: LedgerEntry, facts: Partial<LedgerEntry> = {}): void {
    Object.assign(entry, facts, { committed: true });
    this.stats[entry.operation].committed++;
    this.notifyChange(entry);
  }

  notifyChange(entry: LedgerEntry): void {
    this.changeEmitter.emit('change', entry);
  }

  /** The first entry, past or future, of which it is true. */
  waitFor(predicate: (entry: LedgerEntry) => boolean, timeoutMs = 30_000): Promise<LedgerEntry> {
    const existing = this.entries.find(predicate);
    if (existing) return Promise.resolve(existing);
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.changeEmitter.off('change', listener);
        end();
      };
      const listener = (entry: LedgerEntry) => predicate(entry) && finish(() => resolve(entry));
      const timer = setTimeout(
        () =>
          finish(() =>
            reject(new Error(`no such request within ${timeoutMs} ms; the last were:\n${this.formatLastEntries()}`)),
          ),
        timeoutMs,
      );
      this.changeEmitter.on('change', listener);
    });
  }

  private formatLastEntries(): string {
    return this.entries
      .slice(-10)
      .map(({ method, path, status, fault }) => `  ${method} ${path} → ${status ?? 'no answer'} ${fault ?? ''}`)
      .join('\n');
  }
}
