import { commandLine } from '../../contract';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { checkInputFields, type OperationInput, OPERATIONS, type OperationName, endpointsByDialect } from '../../duvo';
import { parseExactJson } from '../flags/exact-json';
import { describeFileError } from '../flags/file-error';
import { parseDuration } from '../flags/parse-duration';
import { withDuvo } from './with-duvo';
import { UsageError } from '../exit-codes';
import type { Output } from '../terminal/output';
import { withSlowNotice } from '../terminal/slow-notice';
import { formatTable } from '../terminal/table';

interface Flags {
  list?: boolean;
  json?: boolean;
  input?: string;
  key?: string;
  timeout?: string;
}

const EXAMPLES = `
Examples:
  npx duvo-temporal api --list
  npx duvo-temporal api runs.get '{"runId": "…"}'
  npx duvo-temporal api cases.create --input cases.json --key invoices-2026-01
  echo '{"name": "search", "arguments": {"text": "4711"}}' | npx duvo-temporal api tools.call -`;

export function addApi(program: Command, output: Output): void {
  program
    .command('api [operation] [json]')
    .description('send one request to the Duvo API: JSON in, JSON out; configured by the environment, as the worker is')
    .option('--list', 'list the operations, with their endpoints in both dialects')
    .option('--json', 'with --list: JSON on stdout')
    .option('--input <file>', 'read the input from a file; - is stdin, also in place of <json>')
    .option(
      '--key <key>',
      'idempotency key of a request that writes: the same key is the same request (default: random)',
    )
    .option('--timeout <duration>', 'time limit of tools.call and tools.list (default: 10m)')
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
        // The key is printed before the request is sent. After a lost response, the person can send the same request
        // again with this key.
        if (mutates && flags.key === undefined) output.note(`--key ${idempotencyKey}`);
        const call = duvo.call(operation, input as OperationInput<OperationName>, { idempotencyKey, timeoutMs });
        const result = await withSlowNotice(call, `the response to ${operation} from Duvo`, {}, output);
        output.print(JSON.stringify(result ?? {}));
      });
    });
}

function parseOperationName(name: string | undefined): OperationName {
  if (name === undefined) throw new UsageError(`the operation is missing: ${commandLine('api', '--list')} shows all`);
  if (Object.hasOwn(OPERATIONS, name)) return name as OperationName;
  throw new UsageError(`'${name}' is not an operation: ${commandLine('api', '--list')} shows all`);
}

async function readInput(json: string | undefined, file: string | undefined): Promise<unknown> {
  if (json !== undefined && file !== undefined)
    throw new UsageError('the input is given twice: give <json> or --input');
  const source = file ?? (json === '-' ? json : undefined);
  const inputText = source === undefined ? (json ?? '{}') : await readSource(source);
  try {
    return parseExactJson(inputText, source === undefined ? 'the input' : `the input from ${source}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The error message of the JSON parser would show a part of the input, which may be private.
    throw new UsageError(`the input${source === undefined ? '' : ` from ${source}`} is not JSON`);
  }
}

async function readSource(source: string): Promise<string> {
  if (source === '-') return text(process.stdin);
  try {
    return await readFile(source, 'utf8');
  } catch (error) {
    throw new UsageError(`--input ${source} cannot be read: ${describeFileError(error)}`);
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
    formatTable(
      [
        { head: 'operation', value: ({ name }) => name, rank: 0 },
        { head: 'dialects', value: ({ v1, v2 }) => [v1 && 'v1', v2 && 'v2'].filter(Boolean).join(' '), rank: 1 },
        { head: 'scope', value: ({ scope }) => scope, rank: 3 },
        { head: 'writes', value: ({ mutates }) => (mutates ? 'yes' : ''), rank: 4 },
        { head: 'endpoint', value: ({ v1, v2 }) => v2 ?? v1, rank: 2, minWidth: 24 },
      ],
      operations,
      output,
    ),
  );
}
