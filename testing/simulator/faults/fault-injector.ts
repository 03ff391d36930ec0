import type { OperationName } from '../shared/vocabulary';
/** The effect of a fault on a request. "Committed" means that the operation took effect in the simulator. */
export type FaultEffect =
  /** Responds with this status and commits nothing. */
  | { status: number; headers?: Record<string, string>; body?: string | object }
  /** Commits, then closes the connection without a response. */
  | { dropResponse: true }
  /** Commits, sends the headers and half of the body, then closes the connection. */
  | { truncateBody: true }
  /** Responds as usual, with these headers added. */
  | { addHeaders: Record<string, string> }
  /** Closes the connection and commits nothing. */
  | { reset: true }
  /** Holds the request until the fault is released: `before` the commit, or `after` the commit and before the response. */
  | { hold: 'before' | 'after' }
  /** Waits this many milliseconds before the request is processed. */
  | { delayMs: number }
  /** Commits, but sends this text as the body of the response. */
  | { replaceBody: string; contentType?: string; status?: number }
  /** For the operation `get`: responds with `run: null`. */
  | { runNull: true }
  /** For the operation `get`: reports this status of the run. */
  | { runStatus: string }
  /** For the operation `get`: shows the end from which a message has resumed the run. */
  | { staleEnd: true };

export interface Fault {
  /**
   * Requests of this operation get the fault, limited to one run or agent if `runId` or `agentId` is set. The agent of a
   * list is the one whose entries it requests.
   */
  operation: OperationName;
  runId?: string;
  agentId?: string;
  /** Number of matching requests to leave alone first. @default 0 */
  skip?: number;
  /** Number of requests that get the fault. @default 1 */
  times?: number;
  effect: FaultEffect;
}

export interface FaultHandle {
  /** Releases the requests that this fault holds, and does not hold later requests. */
  release(): void;
  /** Removes the fault and releases the requests that it holds. */
  remove(): void;
  /** Number of requests that got the fault. */
  readonly hits: number;
}

interface PlannedFault extends Fault {
  matchCount: number;
  hits: number;
  released: Promise<void>;
  release: () => void;
}

/** The faults that a test planned, and the choice of the one that a request gets. */
export class FaultInjector {
  private planned: PlannedFault[] = [];

  add(fault: Fault): FaultHandle {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const planned: PlannedFault = { ...fault, matchCount: 0, hits: 0, released, release };
    this.planned.push(planned);
    const remove = () => {
      this.planned = this.planned.filter((other) => other !== planned);
      release();
    };
    return {
      release,
      remove,
      get hits() {
        return planned.hits;
      },
    };
  }

  /** Returns the planned fault for a request, and counts the request as a hit of that fault. */
  matchRequest(
    operation: OperationName,
    runId: string | undefined,
    agentId: string | undefined,
  ): PlannedFault | undefined {
    if (this.planned.length === 0) return undefined;
    const found = this.planned.find((fault) => {
      if (fault.operation !== operation || (fault.runId ?? runId) !== runId || (fault.agentId ?? agentId) !== agentId)
        return false;
      if (fault.hits >= (fault.times ?? 1)) return false;
      return ++fault.matchCount > (fault.skip ?? 0);
    });
    if (found) found.hits++;
    return found;
  }

  releaseAll(): void {
    for (const { release } of this.planned) release();
  }
}
