import { Connection } from '@temporalio/client';
import { type DevServer, ensureSearchAttributes, SearchAttributeError, startDevServer } from '../../workers';
import { type AttributeConnection, probeSearchAttribute } from '../../workers/search-attributes/probe-search-attribute';

let server: DevServer;
let connection: Connection;

beforeAll(async () => {
  server = await startDevServer({ searchAttributes: {}, namespaces: ['check', 'register', 'race', 'wrong', 'denied'] });
  connection = await Connection.connect({ address: server.address });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
});

/** Returns a connection whose calls of the given methods fail with the gRPC status for missing permission. */
function denied(calls: ('listSearchAttributes' | 'addSearchAttributes')[]): AttributeConnection {
  const refuse = () => Promise.reject(Object.assign(new Error('Request unauthorized.'), { code: 7 }));
  const operatorService = new Proxy(connection.operatorService, {
    get: (target, name) => (calls.includes(name as never) ? refuse : (Reflect.get(target, name, target) as unknown)),
  });
  return { operatorService, workflowService: connection.workflowService } as AttributeConnection;
}

async function failure(work: Promise<unknown>): Promise<SearchAttributeError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SearchAttributeError);
  return error as SearchAttributeError;
}

const ALL = ['DuvoAgentId', 'DuvoRunId', 'DuvoOpenGates', 'DuvoGateDue', 'DuvoBatchId'];
const COMMAND = 'temporal operator search-attribute create --namespace check --name DuvoOpenGates --type Int';

test('the mode `check` fails with the command for each missing search attribute, and registers nothing', async () => {
  const error = await failure(ensureSearchAttributes(connection, { namespace: 'check', mode: 'check' }));
  expect(error.commands).toHaveLength(5);
  expect(error.commands).toContain(COMMAND);
  expect(error.message).toContain(COMMAND);
  await failure(ensureSearchAttributes(connection, { namespace: 'check', mode: 'check' }));
});

test('missing search attributes are registered and usable, and a second call registers nothing', async () => {
  const options = { namespace: 'register' };
  expect(await ensureSearchAttributes(connection, options)).toEqual({ registered: ALL });
  expect(await probeSearchAttribute(connection, 'register', 'DuvoGateDue', 'Datetime')).toBe('known');
  expect(await ensureSearchAttributes(connection, options)).toEqual({ registered: [] });
  expect(await ensureSearchAttributes(connection, { ...options, mode: 'check' })).toEqual({ registered: [] });
});

test('workers that start at the same time can all register the search attributes', async () => {
  const all = [1, 2, 3, 4].map(() => ensureSearchAttributes(connection, { namespace: 'race' }));
  await Promise.all(all);
  expect(await ensureSearchAttributes(connection, { namespace: 'race' })).toEqual({ registered: [] });
});

test('a search attribute of a wrong type is refused, with the commands that correct it', async () => {
  const searchAttributes = { DuvoOpenGates: 2 };
  await connection.operatorService.addSearchAttributes({ namespace: 'wrong', searchAttributes });
  const error = await failure(ensureSearchAttributes(connection, { namespace: 'wrong' }));
  expect(error.message).toContain('DuvoOpenGates is a Keyword but must be Int');
  expect(error.commands).toEqual([
    'temporal operator search-attribute remove --namespace wrong --name DuvoOpenGates',
    'temporal operator search-attribute create --namespace wrong --name DuvoOpenGates --type Int',
  ]);
});

test('without permission to register, the error has the commands for an administrator', async () => {
  const error = await failure(
    ensureSearchAttributes(denied(['listSearchAttributes', 'addSearchAttributes']), { namespace: 'denied' }),
  );
  expect(error.message).toContain('Request unauthorized.');
  expect(error.commands).toHaveLength(5);
});

test('without permission to list search attributes, a visibility query shows whether they exist', async () => {
  await ensureSearchAttributes(connection, { namespace: 'denied' });
  const restricted = denied(['listSearchAttributes', 'addSearchAttributes']);
  expect(await ensureSearchAttributes(restricted, { namespace: 'denied' })).toEqual({ registered: [] });
});

test('a namespace that does not exist is reported with the command that creates it', async () => {
  const error = await failure(ensureSearchAttributes(connection, { namespace: 'nowhere' }));
  expect(error.message).toContain('TEMPORAL_NAMESPACE');
  expect(error.commands).toEqual(['temporal operator namespace create --namespace nowhere']);
});
