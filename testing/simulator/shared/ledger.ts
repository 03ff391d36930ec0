import { type OperationName, OPERATION_NAMES } from './vocabulary';
import { EventEmitter } from 'node:events';

/** One request that the simulator received. */
export interface LedgerEntry {
  seq: number;
  at: string;
  /** Time of arrival in milliseconds since the epoch, with decimals. */
  atMs: number;
  operation: OperationName | 'unknown';
  method: string;
  path: string;
  runId?: string;
  /** The agent of the run, or the one that the path, the body or the query names. */
  agentId?: string;
  requestId?: string;
  idempotencyKey?: string;
  /** HTTP status of the response. Absent before the response, and when the response was lost. */
  status?: number;
  /** Whether the request took effect. The repeat of an idempotency key does not take effect again. */
  committed: boolean;
  body?: unknown;
  /** The effect of the fault that the request got. */
  fault?: string;
  /** Set when the client closed the connection before it received the response. */
  abandoned?: true;
}

/** Number of requests of each operation. The counts include requests that the ledger has dropped. */
export type SimulatorStats = Record<OperationName | 'unknown', { received: number; committed: number }>;

/** The requests in order of arrival. The ledger holds request bodies because it is a test tool, but never an API key. */
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

  /** Returns the first entry, past or future, that fulfils the predicate. @throws Error after the timeout */
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
            reject(
              new Error(
                `no request fulfilled the predicate within ${timeoutMs} ms; the last requests were:\n${this.formatLastEntries()}`,
              ),
            ),
          ),
        timeoutMs,
      );
      this.changeEmitter.on('change', listener);
    });
  }

  private formatLastEntries(): string {
    return this.entries
      .slice(-10)
      .map(({ method, path, status, fault }) => `  ${method} ${path} → ${status ?? 'no response'} ${fault ?? ''}`)
      .join('\n');
  }
}
