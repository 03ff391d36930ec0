import { Client, Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { collect } from '../collect';
import { type AgentRunResult, DuvoWorkflows, type GateAnswer, type GateSummary } from '../../client';
import { RemoteSimulator } from '../../testing';
import { type LocalStack, startLocalStack } from './local-stack';
import type { Output } from '../terminal/output';
import { formatTable } from '../terminal/table';
import { toOneLine } from '../terminal/text';
import { formatSeconds } from '../terminal/time';
import { addExamples } from '../flags/examples';
import { promptForAnswer } from '../terminal/prompts';
import { showResult } from '../run/show';

const DEMO_AGENT_ID = 'demo-agent';

const NEXT_STEPS = `
What to try next:
  npx duvo-temporal dev       keeps Temporal, the simulator and a worker running,
                              and prints the commands for your own first run
  npx duvo-temporal doctor    checks your own Temporal and Duvo settings
  docs/guides/                runs, gates, processes, batches, schedules`;

/** Measurements of the demo's run, read from the simulator and from Temporal. */
interface DemoMeasurements {
  starts: number;
  answers: number;
  polls: number;
  historyEvents: number;
  workerRestarts: number;
  result: AgentRunResult;
}

export function addDemo(program: Command, output: Output): void {
  const command = program
    .command('demo')
    .description('show an agent run that survives a killed worker and waits for a person, on a real Temporal server')
    .option('--yes', 'approve the gate without asking')
    .action(async ({ yes }: { yes?: boolean }) => {
      output.note('starting Temporal, a Duvo simulator and a worker …');
      const stack = await startLocalStack({ onProgress: (line) => output.note(`  ${line}`) });
      const connection = await Connection.connect({ address: stack.temporal.address });
      try {
        const evidence = await runDemo(
          stack,
          new Client({ connection }),
          output,
          Boolean(yes) || !output.isInteractive,
        );
        printReport(evidence, output);
      } finally {
        await connection.close();
        await stack.stop();
      }
    });
  addExamples(command, 'demo', 'demo --yes');
}

async function runDemo(
  stack: LocalStack,
  client: Client,
  output: Output,
  autoApprove: boolean,
): Promise<DemoMeasurements> {
  const simulator = new RemoteSimulator(stack.duvo.url);
  const duvo = new DuvoWorkflows(client);
  await simulator.script(DEMO_AGENT_ID, {
    steps: [
      { status: 'running', polls: 5 },
      { ask: { type: 'approval', title: 'Post invoice 4711?', description: 'the amount is odd' } },
      { status: 'running', polls: 3 },
      { end: 'completed' },
    ],
    lastMessage: 'Invoice 4711 is posted.',
    deniedMessage: 'Invoice 4711 was not posted: you denied it.',
  });
  const run = await duvo.runs.start({
    key: 'invoice-4711',
    agentId: DEMO_AGENT_ID,
    message: 'Read invoice 4711',
    watch: { every: [{ every: '500ms' }], atGate: '1s' },
  });
  output.note(`run started: workflow ${run.workflowId}`);

  await waitUntil(async () => (await simulator.stats()).get.received >= 2);
  await stack.currentWorker().kill();
  output.note('the worker was killed (SIGKILL) while it watched the run');
  await stack.startWorker();
  output.note('a new worker started; the run continues');

  const gate = await waitUntil(async () => (await collect(duvo.gates.list()))[0]);
  output.note(`the agent asks a person: ${toOneLine(gate.title)}`);
  const answer = await chooseAnswer(gate, duvo, output, autoApprove);
  const verdict = await duvo.gates.answer(gate, answer);
  output.note(`answered: ${verdict.outcome}`);

  const result = await run.result();
  const stats = await simulator.stats();
  const { events = [] } = await client.workflow.getHandle(run.workflowId).fetchHistory();
  // Each worker process has another identity, so the number of identities is the number of processes.
  const workers = new Set(events?.flatMap((event) => event.workflowTaskStartedEventAttributes?.identity ?? []));
  return {
    starts: stats.start.received,
    answers: stats.respond.received,
    polls: stats.get.received,
    historyEvents: events?.length ?? 0,
    workerRestarts: workers.size - 1,
    result,
  };
}

async function chooseAnswer(
  gate: GateSummary,
  duvo: DuvoWorkflows,
  output: Output,
  autoApprove: boolean,
): Promise<Omit<GateAnswer, 'gateId'>> {
  if (autoApprove) {
    output.note(output.isInteractive ? '--yes: approving the gate' : 'no terminal: approving the gate');
    return { approved: true, by: 'demo' };
  }
  return { ...(await promptForAnswer(await duvo.gates.get(gate.ref))), by: 'you' };
}

function printReport(
  { starts, answers, polls, historyEvents, workerRestarts, result }: DemoMeasurements,
  output: Output,
): void {
  const { clocks, gates, status } = result;
  showResult(result, {}, output);
  const checks: [string, string | number, boolean][] = [
    ['starts that Duvo received', starts, starts === 1],
    ['answers delivered to Duvo', answers, answers === 1],
    ['polls of the run', polls, polls >= 8],
    ['events in the history', historyEvents, historyEvents > 0 && historyEvents <= 80],
    ["time in Duvo's queue", formatSeconds(clocks.queuedMs), clocks.queuedMs >= 0],
    ['time of the agent', formatSeconds(clocks.agentMs), clocks.agentMs > 0],
    ['time of people', formatSeconds(clocks.humanMs), clocks.humanMs > 0],
    ['worker restarts survived', workerRestarts, workerRestarts === 1 && status === 'completed' && gates.length === 1],
  ];
  output.print(
    `\n${formatTable(
      [
        { head: 'measured', value: ([name]) => name },
        { head: 'value', value: ([, value]) => value },
        { head: 'as promised', value: ([, , holds]) => (holds ? 'yes' : 'NO') },
      ],
      checks,
      output,
    )}`,
  );
  const failedChecks = checks.filter(([, , holds]) => !holds).map(([what]) => what);
  if (failedChecks.length > 0) throw new Error(`the demo did not measure what it promises: ${failedChecks.join(', ')}`);
  output.print(NEXT_STEPS);
}

async function waitUntil<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('the demo made no progress for 40 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
