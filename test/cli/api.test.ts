import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCli } from '../../cli/program';
import { McpService } from '../../testing/simulator/mcp/mcp-service';
import { createScriptedTool } from '../../testing/simulator/mcp/tools';
import { DuvoSimulator } from '../../testing';
import { TestServer } from '../support/duvo/http-test-server';

const CLI = join(__dirname, '../../dist/cli/main.js');
const SECRET = 'a private text';

let simulator: DuvoSimulator;
let child: ChildProcess | undefined;
const before = { ...process.env };

beforeAll(async () => {
  simulator = await DuvoSimulator.start();
  simulator.script('reader', { steps: [{ status: 'running' }] });
});
beforeEach(() => {
  process.env.DUVO_API_KEY = simulator.apiKey;
  process.env.DUVO_API_BASE_URL = simulator.url;
});
afterEach(() => {
  child?.kill('SIGKILL');
  process.env = { ...before };
});
afterAll(() => simulator.close());

async function run(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const output = {
    print: (line: string) => out.push(line),
    note: (line: string) => notes.push(line),
    isInteractive: false,
  };
  const code = await runCli(['api', ...args], output);
  return { code, out: out.join('\n'), notes: notes.join('\n'), json: <T>() => JSON.parse(out.join('\n')) as T };
}

/** Starts the built command in a process. */
function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child as ChildProcess & { stdin: NodeJS.WritableStream };
  return {
    stdin,
    stdout: stdout as NodeJS.ReadableStream & AsyncIterable<Buffer>,
    stderr: stderr as NodeJS.ReadableStream & AsyncIterable<Buffer>,
    exit: once(child, 'exit').then(([code]) => code as number | null),
    kill: (signal: NodeJS.Signals) => child?.kill(signal),
  };
}

test('a request that writes prints its random key before it is sent', async () => {
  const started = await run('runs.start', '{"agentId": "reader", "message": "Read it"}');
  expect(started.code).toBe(0);
  const { run: made } = started.json<{ run: { id: string } }>();
  expect(started.notes).toMatch(/^--key [0-9a-f-]{36}$/);
  expect(started.notes).toContain(simulator.ledger.at(-1)?.idempotencyKey);
  const got = await run('runs.get', JSON.stringify({ runId: made.id }));
  expect(got.json()).toMatchObject({ run: { id: made.id, status: 'running' } });
  expect(got.notes).toBe('');
});

test('the same --key sends the same request', async () => {
  const twice = [await run('runs.start', '{"agentId": "reader"}', '--key', 'k-1')];
  twice.push(await run('runs.start', '{"agentId": "reader"}', '--key', 'k-1'));
  expect(twice.map(({ notes }) => notes)).toEqual(['', '']);
  expect(twice[0]?.json<{ run: { id: string } }>().run.id).toBe(twice[1]?.json<{ run: { id: string } }>().run.id);
});

test('extraFields are sent as fields of the body', async () => {
  expect((await run('runs.start', '{"agentId": "reader", "extraFields": {"case_id": "c-1"}}')).code).toBe(0);
  expect(simulator.ledger.at(-1)?.body).toMatchObject({ case_id: 'c-1' });
});

test('--input reads the input from a file', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'duvo-api-')), 'input.json');
  await writeFile(file, '{"agentId": "reader"}');
  expect((await run('runs.start', '--input', file)).code).toBe(0);
});

test('- reads the input from stdin', async () => {
  const command = start(['api', 'runs.start', '-']);
  command.stdin.end('{"agentId": "reader"}');
  expect(JSON.parse(await text(command.stdout))).toMatchObject({ run: { agentId: 'reader' } });
  expect(await command.exit).toBe(0);
});

test('--list shows every operation with its dialects, without credentials', async () => {
  delete process.env.DUVO_API_KEY;
  expect((await run('--list')).out).toContain('GET /v2/runs/{run_id}');
  expect((await run('--list', '--json')).json<unknown[]>()).toEqual(
    expect.arrayContaining([
      {
        name: 'runs.get',
        v1: 'GET /v1/runs/{run_id}',
        v2: 'GET /v2/runs/{run_id}',
        scope: 'runs:read',
        mutates: false,
      },
      { name: 'agents.get', v2: 'GET /v2/agents/{agent_id}', scope: 'runs:read', mutates: false },
    ]),
  );
});

describe('exit codes', () => {
  const CASES = JSON.stringify({ queueId: 'q', cases: [{ title: 'a' }, { title: 'b', labels: [{ nam: 'c' }] }] });
  test.each([
    ['no operation', [], 2, 'the operation is missing'],
    ['an unknown operation', ['runs.fly'], 2, 'api --list'],
    ['the name of an inherited property', ['constructor'], 2, 'api --list'],
    ['an input that is not JSON', ['runs.get', `{${SECRET}`], 2, 'not JSON'],
    ['an input that is not an object', ['runs.get', '[]'], 2, 'must be an object'],
    ['two inputs', ['runs.get', '{}', '--input', 'x'], 2, 'twice'],
    ['a missing file', ['runs.get', '--input', '/nowhere/input.json'], 2, 'it does not exist'],
    ['an input that the client refuses', ['runs.get', '{}'], 2, 'runId'],
    ['a misspelt field', ['runs.start', `{"agentId": "reader", "mesage": "${SECRET}"}`], 2, 'argument mesage'],
    [
      'a field of another operation',
      ['runs.list', '{"agent": "reader"}'],
      2,
      'the known fields are limit, offset, status, agentId',
    ],
    ['an unknown field', ['runs.get', '{"runId": "x", "foo": 1}'], 2, 'argument foo'],
    ['a field of an operation without fields', ['tools.list', '{"name": "post"}'], 2, 'has no fields'],
    ['a misspelt field of a case', ['cases.create', CASES], 2, 'argument cases[1].labels[0].nam is'],
    ['an invalid duration', ['tools.list', '--timeout', 'soon'], 2, '--timeout'],
    ['an operation of the other dialect', ['agents.get', '{"agentId": "reader"}'], 2, 'DUVO_API_DIALECT'],
    ['an unknown agent', ['runs.start', '{"agentId": "nobody"}'], 5, 'runs.start'],
  ])('%s', async (_what, args, code, expected) => {
    const received = simulator.ledger.length;
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, out: '' });
    if (code === 2) expect(simulator.ledger).toHaveLength(received);
    expect(ended.notes).toContain(expected);
    expect(ended.notes).not.toContain(SECRET);
  });

  test('an input that Duvo refuses exits with 2, a refused API key with 1', async () => {
    const fault = simulator.addFault({ operation: 'get', effect: { status: 422 } });
    expect((await run('runs.get', '{"runId": "r"}')).code).toBe(2);
    fault.remove();
    process.env.DUVO_API_KEY = 'dv_other';
    expect((await run('runs.get', '{"runId": "r"}')).code).toBe(1);
  });
});

test('the built command calls a tool', async () => {
  const server = await TestServer.start();
  const service = new McpService([createScriptedTool('post', { result: { posted: true } })]);
  server.handler = (seen, response, raw) => void service.handle(raw, response, JSON.parse(seen.body));
  const command = start(['api', 'tools.call', '{"name": "post"}', '--key', 'k-2'], { DUVO_API_BASE_URL: server.url });
  expect(JSON.parse(await text(command.stdout))).toMatchObject({ structuredContent: { posted: true }, isError: false });
  expect(await command.exit).toBe(0);
  await server.stop();
});

describe('simulator', () => {
  test('serves as a Duvo API until SIGTERM', async () => {
    const command = start(['simulator', '--json', '--api-key', 'dv_test', '--requests-per-minute', '1']);
    const [line] = (await once(command.stdout, 'data')) as [Buffer];
    const { url, apiKey } = JSON.parse(line.toString()) as { url: string; apiKey: string };
    expect(apiKey).toBe('dv_test');
    process.env.DUVO_API_KEY = apiKey;
    process.env.DUVO_API_BASE_URL = url;
    expect((await run('runs.list')).json()).toMatchObject({ runs: [] });
    expect(await run('runs.list')).toMatchObject({ code: 1, notes: expect.stringContaining('429') as string });
    command.kill('SIGTERM');
    expect(await command.exit).toBe(0);
  });

  test('an invalid port is a usage error', async () => {
    const command = start(['simulator', '--port', 'http']);
    expect(await text(command.stderr)).toContain('--port must be a whole number');
    expect(await command.exit).toBe(2);
  });
});
