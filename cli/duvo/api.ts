import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { checkInputFields, type OperationInput, OPERATIONS, type OperationName, endpointsByDialect } from '../../duvo';
import { parseDuration } from '../flags/parse-duration';
import { withDuvo } from './with-duvo';
import { UsageError } from '../exit-codes';
import { type Output, table } from '../terminal/output';

interface Flags {
  list?: boolean;
  json?: boolean;
  input?: string;
  key?: string;
  timeout?: string;
}

const EXAMPLES = `
Examples:
  duvo-temporal api --list
  duvo-temporal api runs.get '{"runId": "…"}'
  duvo-temporal api cases.create --input cases.json --key invoices-2026-01
  echo '{"name": "search", "arguments": {"text": "4711"}}' | duvo-temporal api tools.call -`;

export function addApi(program: Command, output: Output): void {
  program
    .command('api [operation] [json]')
    .description('one call to the Duvo API: JSON in, JSON out; configured by the environment, as the worker is')
    .option('--list', 'the operations, with the dialects that have them')
    .option('--json', 'with --list: JSON on stdout')
    .option('--input <file>', 'the input from a file; - is stdin, as it is in place of <json>')
    .option(
      '--key <key>',
      'idempotency key of what changes something: repeat it to send the same again (default: random)',
    )
    .option('--timeout <duration>', 'of tools.call and tools.list: how long (default: 10m)')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, json: string | undefined, flags: Flags) => {
      if (flags.list) return listOperations(flags, output);
      const operation = parseOperationName(name);
      const input = await readInput(json, flags.input);
      checkInputFields(operation, input);
      const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout');
      await withDuvo(async (duvo) => {
        const { mutates } = OPERATIONS[operation];
        const idempotencyKey = mutates ? (flags.key ?? randomUUID()) : undefined;
        // Before it is sent: whoever does not get an answer can send the same again.
        if (mutates && flags.key === undefined) output.note(`--key ${idempotencyKey}`);
        const result = await duvo.call(operation, input as OperationInput<OperationName>, {
          idempotencyKey,
          timeoutMs,
        });
        output.print(JSON.stringify(result ?? {}));
      });
    });
}

function parseOperationName(name: string | undefined): OperationName {
  if (name === undefined) throw new UsageError('which operation? duvo-temporal api --list shows them');
  if (Object.hasOwn(OPERATIONS, name)) return name as OperationName;
  throw new UsageError(`${name} is not an operation: duvo-temporal api --list shows them`);
}

async function readInput(json: string | undefined, file: string | undefined): Promise<unknown> {
  if (json !== undefined && file !== undefined) throw new UsageError('the input is given twice: by <json> and --input');
  const source = file ?? (json === '-' ? json : undefined);
  const inputText = source === undefined ? (json ?? '{}') : await readSource(source);
  try {
    return JSON.parse(inputText);
  } catch {
    // The parser's own message would show what is in it.
    throw new UsageError(`the input${source === undefined ? '' : ` from ${source}`} is not JSON`);
  }
}

async function readSource(source: string): Promise<string> {
  if (source === '-') return text(process.stdin);
  try {
    return await readFile(source, 'utf8');
  } catch (error) {
    throw new UsageError(`--input ${source} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function listOperations({ json }: Flags, output: Output): void {
  const operations = Object.entries(OPERATIONS).map(([name, { scope, mutates }]) => ({
    name,
    ...endpointsByDialect(name as OperationName),
    scope,
    mutates,
  }));
  if (json) return output.print(JSON.stringify(operations));
  output.print(
    table(
      ['operation', 'v1', 'v2', 'scope', 'changes something'],
      operations.map(({ name, v1 = '—', v2 = '—', scope, mutates }) => [name, v1, v2, scope, mutates ? 'yes' : '']),
    ),
  );
}
