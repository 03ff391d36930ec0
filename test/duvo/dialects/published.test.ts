import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DuvoClient,
  DuvoContractViolationError,
  type OperationInput,
  normaliseStatus,
  type OperationName,
  OPERATIONS,
} from '../../../duvo';
import { arbitraryOf, findRequiredPlaces, type Schema, corruptBody, formatPath } from '../../support/duvo/schema';
import { createClient, errorOf, replyJson, TestServer, replyText } from '../../support/duvo/http-test-server';

/** An operation in the published document, as scripts/derive-published.mjs writes it. */
interface Published {
  method: string;
  path: string;
  query?: Record<string, Schema>;
  body?: Schema;
  success: number;
  answer: Schema;
  errors: number[];
}

const published = JSON.parse(readFileSync(join(__dirname, '../../support/duvo/published-v2.json'), 'utf8')) as {
  error: Schema;
  operations: Record<string, Published>;
};

/** An operation of this project, the published operation, and a generator of inputs. */
interface Case<N extends OperationName = OperationName> {
  name: N;
  published: Published;
  input: fc.Arbitrary<OperationInput<N>>;
}

const some = (model: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  fc.record(model, { requiredKeys });
const words = (minLength = 0, maxLength = 30) => fc.string({ unit: 'grapheme', minLength, maxLength });
const uuid = fc.uuid();
const page = (max: number) => ({ limit: fc.integer({ min: 1, max }), offset: fc.nat() });
const of = (id: string) => published.operations[id] as Published;
const queryOf = (id: string, name: string) => arbitraryOf(of(id).query?.[name] ?? {});
const time = fc
  .date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString());

const newCase = some(
  {
    title: words(1, 40),
    data: words(),
    labels: fc.array(some({ key: words(), value: words(1) }, ['value']), { maxLength: 50 }),
    priority: fc.constantFrom('none', 'medium', 'high'),
  },
  ['title'],
);
const answer = fc.oneof(
  fc.record({ approved: fc.boolean() }),
  fc.record({ answers: fc.dictionary(words(1), words(), { minKeys: 1 }) }),
);
const build = arbitraryOf(of('createAgent').body?.properties?.['build'] ?? {});
const listed = { status: queryOf('listRuns', 'status'), agentId: uuid, since: time, search: words(), source: words() };
const filters = { status: words(), priority: words(), search: words(), createdFrom: time, updatedFrom: time };

const INPUTS: { readonly [N in OperationName]?: [operationId: string, input: fc.Arbitrary<unknown>] } = {
  'agents.create': ['createAgent', some({ name: words(1), sourceBuildId: uuid, build }, ['name'])],
  'agents.get': ['getAgent', fc.record({ agentId: uuid })],
  'agents.list': ['listAgents', some(page(100), [])],
  'agents.schedules': ['listAgentSchedules', fc.record({ agentId: uuid })],
  'runs.start': [
    'startRun',
    some({ agentId: uuid, message: words(), sandboxId: words(1), webhookUrl: fc.webUrl() }, ['agentId']).filter(
      ({ sandboxId }) => typeof sandboxId !== 'string' || /[^\s.]/.test(sandboxId),
    ),
  ],
  'runs.get': ['getRun', fc.record({ runId: uuid })],
  'runs.list': ['listRuns', some({ ...page(100), ...listed }, [])],
  'runs.messages': ['listRunMessages', some({ runId: uuid, ...page(50) }, ['runId'])],
  'runs.postMessage': ['postRunMessage', fc.record({ runId: uuid, text: words(1) })],
  'runs.respond': ['respondToHumanRequest', fc.record({ runId: uuid, requestId: uuid, answer })],
  'runs.stop': ['stopRun', fc.record({ runId: uuid })],
  'queues.get': ['getQueue', fc.record({ queueId: uuid })],
  'queues.list': ['listQueues', some(page(250), [])],
  'cases.create': [
    'createCases',
    fc.record({ queueId: uuid, cases: fc.array(newCase, { minLength: 1, maxLength: 100 }) }),
  ],
  'cases.get': ['getCase', fc.record({ caseId: uuid })],
  'cases.list': ['listCases', some({ queueId: uuid, ...page(100), ...filters }, ['queueId'])],
  'cases.runs': ['listCaseRuns', fc.record({ caseId: uuid })],
  'sandboxes.create': ['createSandbox', fc.constant({})],
  'sandboxes.createUploadUrl': ['createSandboxUploadUrl', fc.record({ sandboxId: uuid, path: words(1) })],
  'sandboxes.uploadFile': ['uploadSandboxFile', fc.constant({ sandboxId: 's', file: __filename })],
  'sandboxes.files': ['listSandboxFiles', some({ sandboxId: uuid, path: words() }, ['sandboxId'])],
};

const CASES = Object.entries(INPUTS).map(([name, [id, input]]): [string, Case] => [
  name,
  { name: name as OperationName, published: of(id), input: input as Case['input'] },
]);

const ajv = new Ajv({ strict: false, coerceTypes: false });
addFormats(ajv);
const queryAjv = new Ajv({ strict: false, coerceTypes: true });
addFormats(queryAjv);

let server: TestServer;
let client: DuvoClient;

beforeAll(async () => {
  server = await TestServer.start();
  client = createClient(server, { dialect: 'v2', teamId: 'team-1' });
});

afterAll(async () => {
  await client.close();
  await server.stop();
});

beforeEach(() => server.requests.splice(0));

const call = (name: OperationName, input: unknown) =>
  client.call(name, input as OperationInput<OperationName>, { idempotencyKey: 'k' }) as Promise<unknown>;
/** Returns the response with the id of the request, for an operation that reads one resource by its id. */
const withRequestedId = (name: string, answer: unknown, input: unknown): unknown => {
  const [, resource = ''] = /^(agent|run|queue|case)s\.get$/.exec(name) ?? [];
  if (!resource) return answer;
  const { [resource]: found, ...rest } = answer as Record<string, object | null>;
  return { ...rest, [resource]: found && { ...found, id: (input as Record<string, unknown>)[`${resource}Id`] } };
};
const sampleOf = ({ input }: Case) => fc.sample(input, { numRuns: 1, seed: 1 })[0];

it('every operation is checked', () => {
  expect(Object.keys(INPUTS).sort()).toEqual(
    Object.keys(OPERATIONS)
      .filter((name) => !name.startsWith('tools.'))
      .sort(),
  );
});

describe.each(CASES)('%s', (name, one) => {
  it('sends requests that the published document allows', async () => {
    const { method, path, query, body } = one.published;
    const takesBody = body && ajv.compile({ ...body, additionalProperties: false });
    const takesQuery = queryAjv.compile({ properties: query ?? {}, additionalProperties: false });
    const route = new RegExp(`^${path.replaceAll(/\{[^/]+\}/g, '[^/?]+')}$`);
    const spoken = fc.sample(arbitraryOf(one.published.answer), { numRuns: 1, seed: 1 })[0];
    await fc.assert(
      fc.asyncProperty(one.input, async (input) => {
        server.handler = replyJson(one.published.success, withRequestedId(name, spoken, input));
        server.requests.splice(0);
        await call(one.name, input);
        const [request] = server.requests;
        const { pathname, searchParams } = new URL(request?.url ?? '', 'http://x');
        expect([request?.method, pathname]).toEqual([method, expect.stringMatching(route)]);
        const asked = Object.fromEntries(searchParams);
        expect([takesQuery(asked), takesQuery.errors]).toEqual([true, null]);
        if (name === 'sandboxes.uploadFile') return;
        if (!takesBody) return expect(request?.body).toBe('');
        expect([takesBody(JSON.parse(request?.body ?? '')), takesBody.errors]).toEqual([true, null]);
      }),
      { numRuns: 40 },
    );
  });

  it('reads every well-formed response without loss', async () => {
    const input = sampleOf(one);
    await fc.assert(
      fc.asyncProperty(arbitraryOf(one.published.answer), async (answer) => {
        const body = withRequestedId(name, answer, input);
        server.handler = replyJson(one.published.success, body);
        const model = leavesOf(await call(one.name, input));
        for (const leaf of leavesOf(body)) {
          const at = model.indexOf(leaf);
          // Each primitive value of the response must also occur in the model.
          if (at === -1) expect(model).toContain(leaf);
          model.splice(at, 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a response with a missing field or a wrong type, and names the field', async () => {
    const input = sampleOf(one);
    await fc.assert(
      fc.asyncProperty(arbitraryOf(one.published.answer), fc.nat(), fc.nat(), async (body, place, choice) => {
        const places = findRequiredPlaces(one.published.answer, body);
        const wrong = places[place % places.length];
        if (!wrong) return;
        server.handler = replyJson(one.published.success, corruptBody(body, wrong, choice));
        const error = await errorOf(call(one.name, input));
        expect(error).toBeInstanceOf(DuvoContractViolationError);
        expect(error).toMatchObject({ field: formatPath(wrong.path), operation: name, reached: 'maybe' });
      }),
      { numRuns: 100 },
    );
  });

  it('maps error responses by status, whatever their body is, and shows none of their texts', async () => {
    const input = sampleOf(one);
    const body = fc.record({ error: fc.constant('Planted words'), message: fc.constant('More planted words') });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...one.published.errors),
        fc.oneof(arbitraryOf(published.error), body),
        async (status, wire) => {
          server.handler = replyJson(status, wire);
          const error = await errorOf(call(one.name, input));
          expect([error.status, error.kind === 'contract-violation']).toEqual([status, false]);
          expect(JSON.stringify(error)).not.toMatch(/planted words/i);
        },
      ),
      { numRuns: 20 },
    );
  });
});

it('a response that is not an object is refused', async () => {
  for (const [name, one] of CASES) {
    for (const body of ['[]', 'null', '7', '"text"', '', '<html>']) {
      server.handler = replyText(200, body);
      expect([name, (await errorOf(call(one.name, sampleOf(one)))).field]).toEqual([name, 'body']);
    }
  }
});

/** Collects every string, number and boolean of a value, and each status in its normalised form. */
function leavesOf(value: unknown, name = ''): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') {
    return [JSON.stringify(name === 'status' ? normaliseStatus(value as string) : value)];
  }
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, Array.isArray(value) ? name : key));
}
