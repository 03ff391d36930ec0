import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { runWorkerProcess } from '../workers';
import { addApi } from './duvo/api';
import { addBatch } from './batch';
import { addDemo } from './local/demo';
import { addDev } from './local/dev';
import { addDoctor } from './doctor';
import { EXIT_CODE_HELP, exitCodeOf, ExitCode } from './exit-codes';
import { addGates } from './gate';
import { addInbox } from './inbox';
import { addExamples } from './flags/examples';
import { DURATION_FORMAT } from './flags/parse-duration';
import { type Output, processOutput } from './terminal/output';
import { toOneLine } from './terminal/text';
import { addRuns } from './run';
import { addProcesses } from './process';
import { addSchedules } from './schedule';
import { addSimulator } from './local/simulator';

export function buildProgram(output: Output = processOutput): Command {
  const program = new Command('duvo-temporal')
    .description('Durable Duvo agent runs on Temporal')
    .version(readPackageVersion())
    .showHelpAfterError('see --help')
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', `\nA duration is ${DURATION_FORMAT}.\n${EXIT_CODE_HELP}`);
  const worker = program
    .command('worker')
    .description('run a worker; configured by the environment, finishes its work on SIGTERM')
    .action(() => runWorkerProcess());
  addExamples(worker, 'worker');
  addRuns(program, output);
  addGates(program, output);
  addInbox(program, output);
  addProcesses(program, output);
  addBatch(program, output);
  addSchedules(program, output);
  addApi(program, output);
  addSimulator(program, output);
  addDoctor(program, output);
  addDev(program, output);
  addDemo(program, output);
  return program;
}

/** Runs a command line and returns its exit code. Prints a failure as one line on stderr. */
export async function runCli(args: string[], output: Output = processOutput): Promise<number> {
  try {
    await buildProgram(output).parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    // The error codes of Commander are strings; other errors may have numeric codes.
    const code = String((error as { code?: string | number }).code ?? '');
    if (code === 'commander.helpDisplayed' || code === 'commander.version') return ExitCode.ok;
    // Commander has already printed its own errors.
    if (!code.startsWith('commander.')) output.note(formatErrorLine(error));
    return exitCodeOf(error);
  }
}

interface FailureLike {
  type?: string;
  name?: string;
  message?: string;
  /** Of a gRPC error, `details` is the server's text. */
  cause?: { details?: string; message?: string };
}

function formatErrorLine(error: unknown): string {
  if (process.env.DEBUG) return String((error as Error).stack);
  const { type, name, message, cause } = error as FailureLike;
  // The SDK's message says only which request failed.
  const reason = name === 'ServiceError' && cause ? (cause.details ?? cause.message) : undefined;
  const text = `${type ? `${type}: ` : ''}${(message ?? String(error)).split('\n')[0] ?? ''}`;
  return toOneLine(reason ? `${text}: ${reason.split('\n')[0]}` : text);
}

function readPackageVersion(): string {
  const [here, fromDist] = [join(__dirname, '..', 'package.json'), join(__dirname, '..', '..', 'package.json')];
  for (const file of [here, fromDist]) {
    try {
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    } catch {
      // The package file has another relative path from the compiled command than from the TypeScript source.
    }
  }
  return 'unknown';
}
