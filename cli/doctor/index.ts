import type { Command } from 'commander';
import { ConfigError, createDuvoClient, readWorkerConfig, type WorkerConfig } from '../../workers';
import { type Output, table } from '../terminal/output';
import { type ConnectionFlags, temporalEnv, withConnection } from '../session';
import { type Check, failed, messageOf, ok, skipped } from './check';
import { checkDuvo } from './duvo';
import { checkSchedules } from './schedules';
import { checkTemporal } from './temporal';

interface Flags extends ConnectionFlags {
  agent?: string;
  json?: boolean;
}

export function addDoctor(program: Command, output: Output): void {
  withConnection(program.command('doctor'))
    .description('looks at everything that a worker needs, and says how to mend what is missing')
    .option('--agent <id>', 'an agent that should be there')
    .action(async (flags: Flags) => {
      const checks = await examine(flags);
      if (flags.json) output.out(JSON.stringify(checks));
      else {
        output.out(
          table(
            ['', 'what', 'found', 'mend'],
            checks.map(({ verdict, what, found, mend }) => [verdict, what, found, mend]),
          ),
        );
      }
      const broken = checks.filter(({ verdict }) => verdict === 'failed').length;
      if (broken > 0) throw new Error(`${broken} of ${checks.length} checks failed`);
    });
}

async function examine(flags: Flags): Promise<Check[]> {
  const env = temporalEnv(flags);
  const configured = readConfig(env);
  const { taskQueue, apiTaskQueue } =
    'config' in configured ? configured.config : { taskQueue: 'duvo', apiTaskQueue: 'duvo-api' };
  const { profile } = flags;
  const looking = checkTemporal({ env, profile, workflowQueue: taskQueue, apiQueue: apiTaskQueue });
  if (!('config' in configured)) {
    return [...configured.problems, ...(await looking), skipped('Duvo', 'the configuration is wrong')];
  }
  const duvo = createDuvoClient(configured.config);
  try {
    const temporal = await looking;
    const checks = [...temporal, ...(await checkDuvo(duvo, { agentId: flags.agent }))];
    const needed = ['Temporal', 'namespace', 'Duvo'];
    const missing = checks.find(({ what, verdict }) => needed.includes(what) && verdict === 'failed');
    return [
      ok('configuration', 'every variable can be read'),
      ...checks,
      ...(missing
        ? [skipped('schedules', `${missing.what} ${missing.what === 'namespace' ? 'is not known' : 'is not reached'}`)]
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
      return { problems: error.problems.map(({ variable, problem }) => failed(variable, problem, `set ${variable}`)) };
    }
    return { problems: [failed('configuration', messageOf(error), 'see the README, Configuration')] };
  }
}
