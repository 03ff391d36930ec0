import type { Command } from 'commander';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../../contract';
import { ConfigError, createDuvoClient, readWorkerConfig, type WorkerConfig } from '../../workers';
import { addExamples } from '../flags/examples';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { type ConnectionFlags, temporalEnv, addConnectionFlags } from '../connection';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck } from './check';
import { formatChecks } from './format-checks';
import { checkDuvo } from './check-duvo';
import { checkBatches } from './check-batches';
import { checkSchedules } from './check-schedules';
import { checkTemporal } from './check-temporal';

interface Flags extends ConnectionFlags {
  agent?: string;
  json?: boolean;
}

export function addDoctor(program: Command, output: Output): void {
  const command = addConnectionFlags(program.command('doctor'))
    .description('check everything that a worker needs, with a fix for every problem')
    .option('--agent <id>', 'also check that this agent exists')
    .action(async (flags: Flags) => {
      const checks = await withSlowNotice(runChecks(flags), 'Temporal and Duvo', flags, output);
      output.print(flags.json ? JSON.stringify(checks) : formatChecks(checks, output));
      const failedCount = checks.filter(({ status }) => status === 'failed').length;
      if (failedCount > 0) throw new Error(`${failedCount} of ${checks.length} checks failed`);
    });
  addExamples(command, 'doctor', 'doctor --agent 4f1c… --json');
}

async function runChecks(flags: Flags): Promise<Check[]> {
  const env = temporalEnv(flags);
  const configResult = readConfig(env);
  const { taskQueue, apiTaskQueue } =
    'config' in configResult
      ? configResult.config
      : { taskQueue: DEFAULT_TASK_QUEUE, apiTaskQueue: DEFAULT_API_TASK_QUEUE };
  const { profile } = flags;
  const temporalChecks = checkTemporal({ env, profile, workflowQueue: taskQueue, apiQueue: apiTaskQueue });
  if (!('config' in configResult)) {
    return [...configResult.problems, ...(await temporalChecks), skippedCheck('Duvo', 'the configuration is invalid')];
  }
  const duvo = createDuvoClient(configResult.config);
  try {
    const temporalResults = await temporalChecks;
    const checks = [
      ...temporalResults,
      ...(await checkDuvo(duvo, { agentId: flags.agent, baseUrl: configResult.config.baseUrl })),
    ];
    const needed = ['Temporal', 'namespace', 'Duvo'];
    const missing = checks.find(({ check, status }) => needed.includes(check) && status === 'failed');
    return [
      okCheck('configuration', 'all variables are valid'),
      ...checks,
      ...(missing
        ? [
            skippedCheck(
              'schedules',
              `${missing.check} ${missing.check === 'namespace' ? 'does not exist' : 'cannot be used'}`,
            ),
          ]
        : [...(await checkSchedules(duvo, { env, profile })), ...(await checkBatches({ env, profile }))]),
    ];
  } finally {
    await duvo.close();
  }
}

function readConfig(env: NodeJS.ProcessEnv): { config: WorkerConfig } | { problems: Check[] } {
  try {
    const config = readWorkerConfig(env);
    // Creating the client reads the files that environment variables name, such as a key file, and so checks them.
    void createDuvoClient(config).close();
    return { config };
  } catch (error) {
    if (error instanceof ConfigError) {
      return {
        problems: error.problems.map(({ variable, problem }) => failedCheck(variable, problem, `set ${variable}`)),
      };
    }
    return {
      problems: [
        failedCheck(
          'configuration',
          errorMessage(error),
          'see the configuration reference (docs/reference/configuration.md)',
        ),
      ],
    };
  }
}
