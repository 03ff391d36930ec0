import type { OperationName } from '../shared/vocabulary';
/** What goes wrong. */
export type FaultKind =
  /** Refused before anything happens. */
  | { status: number; headers?: Record<string, string>; body?: string | object }
  /** Committed; the connection is lost before the answer. */
  | { loseResponse: true }
  /** Committed; the headers and half of the body are sent, then the connection is lost. */
  | { halfBody: true }
  /** Answered well, with further headers. */
  | { addHeaders: Record<string, string> }
  /** The connection is lost before anything happens. */
  | { reset: true }
  /** Not answered until released; `after` is after the commit. */
  | { hold: 'before' | 'after' }
  /** Answered after this many milliseconds. */
  | { slow: number }
  /** Committed, but this is the answer's body. */
  | { garbled: string; contentType?: string; status?: number }
  /** For `get`: the run no longer exists, or has this status. */
  | { runNull: true }
  | { runStatus: string };

export interface Fault {
  on: OperationName;
  runId?: string;
  agentId?: string;
  /** Leaves the first so many alone. @default 0 */
  after?: number;
  /** @default 1 */
  times?: number;
  how: FaultKind;
}

export interface FaultHandle {
  /** Lets go of what is held, now and from now on. */
  release(): void;
  /** Ends the fault; what is held is let go. */
  remove(): void;
  readonly hits: number;
}

interface PlannedFault extends Fault {
  matchCount: number;
  hits: number;
  released: Promise<void>;
  release: () => void;
}

/** The faults that are planned. */
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

  /** The fault of a request, which counts as hit by it. */
  matchRequest(
    operation: OperationName,
    runId: string | undefined,
    agentId: string | undefined,
  ): PlannedFault | undefined {
    if (this.planned.length === 0) return undefined;
    const found = this.planned.find((fault) => {
      if (fault.on !== operation || (fault.runId ?? runId) !== runId || (fault.agentId ?? agentId) !== agentId)
        return false;
      if (fault.hits >= (fault.times ?? 1)) return false;
      return ++fault.matchCount > (fault.after ?? 0);
    });
    if (found) found.hits++;
    return found;
  }

  releaseAll(): void {
    for (const { release } of this.planned) release();
  }
}
