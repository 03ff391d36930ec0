import { Client, Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { type AgentRunResult, DuvoRuns, type GateAnswer, type GateSummary } from '../../client';
import { SimulatorControl } from '../../testing';
import { type LocalStack, startLocalStack } from './local-stack';
import { type Output, seconds, table } from '../terminal/output';
import { askForAnswer } from '../terminal/prompts';
import { showResult } from '../run/show';

const AGENT = 'demo-agent';

/** What really happened, read from the simulator and from Temporal. */
interface Evidence {
  starts: number;
  answers: number;
  polls: number;
  historyEvents: number;
  restarts: number;
  result: AgentRunResult;
}

export function addDemo(program: Command, output: Output): void {
  program
    .command('demo')
    .description('an agent run through a killed worker and a human gate, on a real Temporal server')
    .option('--yes', 'approve without asking')
    .action(async ({ yes }: { yes?: boolean }) => {
      output.note('starting Temporal, a Duvo simulator and a worker …');
      const stack = await startLocalStack({ onProgress: (line) => output.note(`  ${line}`) });
      const connection = await Connection.connect({ address: stack.temporal.address });
      try {
        const evidence = await play(stack, new Client({ connection }), output, Boolean(yes) || !output.interactive);
        report(evidence, output);
      } finally {
        await connection.close();
        await stack.stop();
      }
    });
}

async function play(stack: LocalStack, client: Client, output: Output, answersItself: boolean): Promise<Evidence> {
  const simulator = new SimulatorControl(stack.duvo.url);
  const runs = new DuvoRuns(client);
  await simulator.script(AGENT, {
    steps: [
      { status: 'running', looks: 5 },
      { ask: { type: 'approval', title: 'Post invoice 4711?', description: 'the amount is odd' } },
      { status: 'running', looks: 3 },
      { end: 'completed' },
    ],
    says: 'Invoice 4711 is posted.',
  });
  const run = await runs.start({
    key: 'invoice-4711',
    agentId: AGENT,
    message: 'Read invoice 4711',
    watch: { every: [{ every: '500ms' }], atGate: '1s' },
  });
  output.note(`run started: workflow ${run.workflowId}`);

  await until(async () => (await simulator.stats()).get.received >= 2);
  await stack.worker().kill();
  output.note('the worker was killed (SIGKILL) while it watched the run');
  await stack.startWorker();
  output.note('a new worker is there; the run goes on');

  const gate = await until(async () => (await runs.openGates())[0]);
  output.note(`the agent asks a person: ${gate.title}`);
  const answer = await answerTo(gate, runs, output, answersItself);
  const verdict = await runs.answer(gate, answer);
  output.note(`answered: ${verdict.outcome}`);

  const result = await run.result();
  const stats = await simulator.stats();
  const { events = [] } = await client.workflow.getHandle(run.workflowId).fetchHistory();
  // Each worker process has an identity of its own.
  const workers = new Set(events?.flatMap((event) => event.workflowTaskStartedEventAttributes?.identity ?? []));
  return {
    starts: stats.start.received,
    answers: stats.respond.received,
    polls: stats.get.received,
    historyEvents: events?.length ?? 0,
    restarts: workers.size - 1,
    result,
  };
}

async function answerTo(
  gate: GateSummary,
  runs: DuvoRuns,
  output: Output,
  answersItself: boolean,
): Promise<Omit<GateAnswer, 'gateId'>> {
  if (answersItself) {
    output.note(output.interactive ? '--yes: approving it' : 'no terminal to ask on: approving it');
    return { approved: true, by: 'demo' };
  }
  return { ...(await askForAnswer(await runs.gate(gate.ref))), by: 'you' };
}

function report({ starts, answers, polls, historyEvents, restarts, result }: Evidence, output: Output): void {
  const { clocks, gates, status } = result;
  showResult(result, {}, output);
  const checks: [string, string | number, boolean][] = [
    ['starts that Duvo received', starts, starts === 1],
    ['answers delivered to Duvo', answers, answers === 1],
    ['polls', polls, polls >= 8],
    ['events in the history', historyEvents, historyEvents > 0 && historyEvents <= 80],
    ["time in Duvo's queue", seconds(clocks.queuedMs), clocks.queuedMs >= 0],
    ['time of the agent', seconds(clocks.agentMs), clocks.agentMs > 0],
    ['time of people', seconds(clocks.humanMs), clocks.humanMs > 0],
    ['worker restarts survived', restarts, restarts === 1 && status === 'completed' && gates.length === 1],
  ];
  output.out(
    table(
      ['what really happened', '', 'holds'],
      checks.map(([what, value, holds]) => [what, value, holds ? 'yes' : 'NO']),
    ),
  );
  const broken = checks.filter(([, , holds]) => !holds).map(([what]) => what);
  if (broken.length > 0) throw new Error(`this does not hold: ${broken.join(', ')}`);
}

async function until<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 40_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error('the demo does not get on: nothing has happened for 40 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
