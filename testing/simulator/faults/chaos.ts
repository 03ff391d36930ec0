import type { OperationName } from '../shared/vocabulary';
import type { FaultEffect } from './fault-injector';

/** Random faults. The same seed and the same order of requests give the same faults. */
export interface ChaosOptions {
  seed: number;
  /** Share of requests that get a fault, from 0 to 1. */
  rate: number;
  /** Kinds of faults to choose from. @default all */
  kinds?: ChaosKind[];
  /** Operations that can get a fault. @default all except the token endpoint and the OAuth metadata */
  operations?: OperationName[];
}

const FAULTS_BY_KIND = {
  reset: { reset: true },
  dropResponse: { dropResponse: true },
  truncateBody: { truncateBody: true },
  delay: { delayMs: 50 },
  '429': { status: 429, headers: { 'retry-after': '0' } },
  '500': { status: 500, body: '<html>500</html>' },
  '503': { status: 503 },
} as const satisfies Record<string, FaultEffect>;

export type ChaosKind = keyof typeof FAULTS_BY_KIND;
export const CHAOS_KINDS = Object.keys(FAULTS_BY_KIND) as ChaosKind[];

export class Chaos {
  private readonly kinds: ChaosKind[];

  constructor(private readonly options: ChaosOptions) {
    this.kinds = options.kinds ?? CHAOS_KINDS;
  }

  /** Returns the fault for the request with this number, if it gets one. */
  faultFor(requestNumber: number, operation: OperationName): FaultEffect | undefined {
    const { seed, rate, operations } = this.options;
    if (operations ? !operations.includes(operation) : operation === 'token' || operation === 'metadata')
      return undefined;
    if (seededRandom(seed, requestNumber * 2) >= rate) return undefined;
    return FAULTS_BY_KIND[
      this.kinds[Math.floor(seededRandom(seed, requestNumber * 2 + 1) * this.kinds.length)] as ChaosKind
    ];
  }
}

/** Returns the n-th pseudorandom number of a seed, from 0 to 1 (mulberry32). */
function seededRandom(seed: number, n: number): number {
  let t = (seed + Math.imul(n + 1, 0x6d2b79f5)) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
