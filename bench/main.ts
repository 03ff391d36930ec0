import { measureApiOverhead } from './figures/api-overhead';
import { measureBatchMemory } from './figures/batch-memory';
import { measureBatchSize } from './figures/batch-size';
import { measureBatchThroughput } from './figures/batch-throughput';
import { measureBatchUtilisation } from './figures/batch-utilisation';
import { measureBundleSize } from './figures/bundle-size';
import type { Figure } from './support/figure';
import { measureGateLatency } from './figures/gate-latency';
import { measureRecovery } from './figures/recovery';
import { logProgress } from './support/rig';
import { measureRunCpu } from './figures/run-cpu';
import { measureRunHistory } from './figures/run-history';
import { measureTokenCache } from './figures/token-cache';
import { measureWaitingMemory } from './figures/waiting-memory';
import { measureWatchThroughput } from './figures/watch-throughput';

/** The target of each figure: a limit for `ours`, or for the ratio of `ours` to the baseline. */
const TARGETS: Record<string, string> = {
  'run-history': 'ours ≤ 60',
  'watch-throughput': 'ratio ≥ 1.8',
  'watch-overhead': 'ratio ≥ 0.9',
  'gate-latency': 'ratio ≤ 1.15',
  recovery: 'ratio ≤ 0.35',
  'waiting-memory': 'ratio ≤ 1.3',
  'run-cpu': 'ratio ≤ 0.7',
  'bundle-size': 'ratio ≤ 1.15',
  'api-overhead': 'ratio ≥ 0.75',
  'batch-throughput': 'ratio ≥ 0.85',
  'batch-throughput-empty': 'ratio ≥ 0.9',
  'batch-utilisation': 'ratio ≥ 0.95',
  'batch-memory': 'ratio ≤ 1.1',
  'batch-history': 'ours ≤ 10000',
  'batch-size-memory': 'ratio ≤ 1.1',
  'batch-size-history': 'ours ≤ 10000',
  'batch-size-payload': 'ours ≤ 262144',
  'token-cache': 'ours ≤ 1',
};

/**
 * Figures that are measured only when the command line names them. Each takes minutes, and the figures of the batch size
 * take half an hour.
 */
const SLOW_FIGURES = [
  'batch-throughput-empty',
  'batch-memory',
  'batch-history',
  'batch-size-memory',
  'batch-size-history',
  'batch-size-payload',
];

/** The functions that measure the figures, in order. Each function measures the figures that it is listed with. */
const MEASUREMENTS: [names: string[], measure: (names: string[]) => Promise<Figure[]>][] = [
  [['bundle-size'], measureBundleSize],
  [['api-overhead'], measureApiOverhead],
  [['token-cache'], measureTokenCache],
  [['run-history'], measureRunHistory],
  [['watch-throughput', 'watch-overhead'], measureWatchThroughput],
  [['gate-latency'], measureGateLatency],
  [['recovery'], measureRecovery],
  [['waiting-memory'], measureWaitingMemory],
  [['run-cpu'], measureRunCpu],
  [['batch-throughput', 'batch-throughput-empty'], measureBatchThroughput],
  [['batch-utilisation'], measureBatchUtilisation],
  [['batch-memory', 'batch-history'], measureBatchMemory],
  [['batch-size-memory', 'batch-size-history', 'batch-size-payload'], measureBatchSize],
];

async function main(requestedNames: string[]): Promise<void> {
  const unknown = requestedNames.filter((name) => !(name in TARGETS));
  if (unknown.length > 0)
    throw new Error(`there is no figure ${unknown.join(', ')}: use ${Object.keys(TARGETS).join(', ')}`);
  for (const [names, measure] of MEASUREMENTS) {
    const wanted = names.filter((name) =>
      requestedNames.length === 0 ? !SLOW_FIGURES.includes(name) : requestedNames.includes(name),
    );
    if (wanted.length === 0) continue;
    logProgress(`${wanted.join(', ')} …`);
    for (const one of await measure(wanted)) {
      process.stdout.write(`${JSON.stringify(one)}\n`);
      const target = TARGETS[one.name];
      if (target) logProgress(`  ${one.name}: ${target} is ${meetsTarget(one, target) ? 'met' : 'MISSED'}`);
    }
  }
}

function meetsTarget({ ours, ratio }: Figure, target: string): boolean {
  const [field, operator, limit] = target.split(' ');
  const value = field === 'ours' ? ours : ratio;
  return operator === '≤' ? value <= Number(limit) : value >= Number(limit);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    logProgress(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
