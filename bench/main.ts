import { apiOverhead } from './api-overhead';
import { batchMemory } from './batch-memory';
import { batchSize } from './batch-size';
import { batchThroughput } from './batch-throughput';
import { batchUtilisation } from './batch-utilisation';
import { bundleSize } from './bundle-size';
import type { Figure } from './figure';
import { gateLatency } from './gate-latency';
import { recovery } from './recovery';
import { note } from './rig';
import { runCpu } from './run-cpu';
import { runHistory } from './run-history';
import { tokenCache } from './token-cache';
import { waitingMemory } from './waiting-memory';
import { watchThroughput } from './watch-throughput';

/** What each figure must hold: of the ratio, or of our own count. */
const BARS: Record<string, string> = {
  'run-history': 'ours ≤ 60',
  'watch-throughput': 'ratio ≥ 1.8',
  'watch-overhead': 'ratio ≥ 0.9',
  'gate-latency': 'ratio ≤ 1.15',
  recovery: 'ratio ≤ 0.35',
  'waiting-memory': 'ratio ≤ 1.3',
  'run-cpu': 'ratio ≤ 0.7',
  'bundle-size': 'ratio ≤ 1.15',
  'api-overhead': 'ratio ≥ 0.75',
  'batch-throughput': 'ratio ≥ 0.95',
  'batch-throughput-empty': 'ratio ≥ 0.9',
  'batch-utilisation': 'ratio ≥ 0.95',
  'batch-memory': 'ratio ≤ 1.1',
  'batch-history': 'ours ≤ 10000',
  'batch-size-memory': 'ratio ≤ 1.1',
  'batch-size-history': 'ours ≤ 10000',
  'batch-size-payload': 'ours ≤ 262144',
  'token-cache': 'ours ≤ 1',
};

/** Only measured when asked for by name: minutes each, and the size of a batch half an hour. */
const LONG = [
  'batch-throughput-empty',
  'batch-memory',
  'batch-history',
  'batch-size-memory',
  'batch-size-history',
  'batch-size-payload',
];

/** Figures that are measured together, in order. */
const MEASURES: [names: string[], measure: (names: string[]) => Promise<Figure[]>][] = [
  [['bundle-size'], bundleSize],
  [['api-overhead'], apiOverhead],
  [['token-cache'], tokenCache],
  [['run-history'], runHistory],
  [['watch-throughput', 'watch-overhead'], watchThroughput],
  [['gate-latency'], gateLatency],
  [['recovery'], recovery],
  [['waiting-memory'], waitingMemory],
  [['run-cpu'], runCpu],
  [['batch-throughput', 'batch-throughput-empty'], batchThroughput],
  [['batch-utilisation'], batchUtilisation],
  [['batch-memory', 'batch-history'], batchMemory],
  [['batch-size-memory', 'batch-size-history', 'batch-size-payload'], batchSize],
];

async function main(asked: string[]): Promise<void> {
  const unknown = asked.filter((name) => !(name in BARS));
  if (unknown.length > 0)
    throw new Error(`there is no figure ${unknown.join(', ')}: use ${Object.keys(BARS).join(', ')}`);
  for (const [names, measure] of MEASURES) {
    const wanted = names.filter((name) => (asked.length === 0 ? !LONG.includes(name) : asked.includes(name)));
    if (wanted.length === 0) continue;
    note(`${wanted.join(', ')} …`);
    for (const one of await measure(wanted)) {
      process.stdout.write(`${JSON.stringify(one)}\n`);
      const bar = BARS[one.name];
      if (bar) note(`  ${one.name}: ${bar} is ${holds(one, bar) ? 'held' : 'MISSED'}`);
    }
  }
}

function holds({ ours, ratio }: Figure, bar: string): boolean {
  const [what, sign, limit] = bar.split(' ');
  const value = what === 'ours' ? ours : ratio;
  return sign === '≤' ? value <= Number(limit) : value >= Number(limit);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    note(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
