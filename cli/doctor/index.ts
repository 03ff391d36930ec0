import type { Command } from 'commander';
import { ConfigError, createDuvoClient, readWorkerConfig, type WorkerConfig } from '../../workers';
import { type Output, table } from '../terminal/output';
import { type ConnectionFlags, temporalEnv, addConnectionFlags } from '../connection';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck } from './check';
import { checkDuvo } from './check-duvo';
import { checkSchedules } from './check-schedules';
import { checkTemporal } from './check-temporal';

interface Flags extends ConnectionFlags {
  agent?: string;
  json?: boolean;
}

export function addDoctor(program: Command, output: Output): void {
  addConnectionFlags(program.command('doctor'))
    .description('looks at everything that a worker needs, and says how to mend what is missing')
    .option('--agent <id>', 'an agent that should be there')
    .action(async (flags: Flags) => {
      const checks = await runChecks(flags);
      if (flags.json) output.print(JSON.stringify(checks));
      else {
        output.print(
          table(
            ['', 'what', 'found', 'mend'],
            checks.map(({ verdict, what, found, mend }) => [verdict, what, found, mend]),
          ),
        );
      }
      const failedCount = checks.filter(({ verdict }) => verdict === 'failed').length;
      if (failedCount > 0) throw new Error(`${failedCount} of ${checks.length} checks failed`);
    });
}

async function runChecks(flags: Flags): Promise<Check[]> {
  const env = temporalEnv(flags);
  const configResult = readConfig(env);
  const { taskQueue, apiTaskQueue } =
    'config' in configResult ? configResult.config : { taskQueue: 'duvo', apiTaskQueue: 'duvo-api' };
  const { profile } = flags;
  const temporalChecks = checkTemporal({ env, profile, workflowQueue: taskQueue, apiQueue: apiTaskQueue });
  if (!('config' in configResult)) {
    return [...configResult.problems, ...(await temporalChecks), skippedCheck('Duvo', 'the configuration is wrong')];
  }
  const duvo = createDuvoClient(configResult.config);
  try {
    const temporalResults = await temporalChecks;
    const checks = [...temporalResults, ...(await checkDuvo(duvo, { agentId: flags.agent }))];
    const needed = ['Temporal', 'namespace', 'Duvo'];
    const missing = checks.find(({ what, verdict }) => needed.includes(what) && verdict === 'failed');
    return [
      okCheck('configuration', 'every variable can be read'),
      ...checks,
      ...(missing
        ? [
            skippedCheck(
              'schedules',
              `${missing.what} ${missing.what === 'namespace' ? 'is not known' : 'is not reached'}`,
            ),
          ]
        : await checkSchedules(duvo, { env, profile })),
    ];
  } finally {
    await duvo.close();
  }
}

function readConfig(env: NodeJS.ProcessEnv): { config: WorkerConfig } | { problems: Check[] } {
  try {
    const config = readWorkerConfig(env);
    // What the client finds wrong (a file that cannot be read, say) is found here, too.
    void createDuvoClient(config).close();
    return { config };
  } catch (error) {
    if (error instanceof ConfigError) {
      return {
        problems: error.problems.map(({ variable, problem }) => failedCheck(variable, problem, `set ${variable}`)),
      };
    }
    return { problems: [failedCheck('configuration', errorMessage(error), 'see the README, Configuration')] };
  }
}
