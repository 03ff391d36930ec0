// Derives test/support/duvo/published-v2.json from the published OpenAPI document of dialect v2: the names, types and
// limits of the requests and responses of the operations that this project uses, as plain JSON Schema without descriptions.
//
//   node scripts/derive-published.mjs <openapi.json>
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OPERATIONS = [
  'createAgent',
  'getAgent',
  'listAgents',
  'listAgentSchedules',
  'startRun',
  'getRun',
  'listRuns',
  'listRunMessages',
  'postRunMessage',
  'respondToHumanRequest',
  'stopRun',
  'getQueue',
  'listQueues',
  'createCases',
  'getCase',
  'listCases',
  'listCaseRuns',
  'createSandbox',
  'createSandboxUploadUrl',
  'uploadSandboxFile',
  'listSandboxFiles',
];
const KEPT = ['format', 'minLength', 'maxLength', 'minItems', 'maxItems', 'required'];

const [source] = process.argv.slice(2);
if (source === undefined)
  throw new Error('name the OpenAPI document: node scripts/derive-published.mjs <openapi.json>');
const document = JSON.parse(readFileSync(source, 'utf8'));

function resolve(node) {
  if (node?.$ref === undefined) return node;
  return resolve(
    node.$ref
      .slice(2)
      .split('/')
      .reduce((at, name) => at[name], document),
  );
}

/** Converts a schema of OpenAPI 3.0 into plain JSON Schema. */
function derive(schema) {
  const from = resolve(schema) ?? {};
  const to = {};
  if (from.type !== undefined) to.type = from.nullable ? [from.type, 'null'] : from.type;
  if (from.enum !== undefined) to.enum = from.nullable ? [...from.enum, null] : from.enum;
  for (const name of KEPT) if (from[name] !== undefined) to[name] = from[name];
  // The minimum and maximum of safe integers are left out, because they are only defaults of the tool that generated
  // the document.
  for (const name of ['minimum', 'maximum']) {
    if (from[name] === undefined || Math.abs(from[name]) === Number.MAX_SAFE_INTEGER) continue;
    const isExclusive = from[name === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'] === true;
    to[isExclusive ? `exclusive${name[0].toUpperCase()}${name.slice(1)}` : name] = from[name];
  }
  for (const name of ['anyOf', 'oneOf', 'allOf']) if (from[name]) to[name] = from[name].map(derive);
  if (from.items !== undefined) to.items = derive(from.items);
  if (from.properties !== undefined) {
    to.properties = Object.fromEntries(Object.entries(from.properties).map(([name, one]) => [name, derive(one)]));
  }
  const more = from.additionalProperties;
  if (more !== undefined) to.additionalProperties = typeof more === 'object' ? derive(more) : more;
  return to;
}

const schemaOf = (content) => derive(resolve(content)?.content?.['application/json']?.schema);

const published = {};
const errorSchemas = new Set();
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!OPERATIONS.includes(operation?.operationId)) continue;
    const parameters = (operation.parameters ?? []).map(resolve);
    const query = parameters.filter((one) => one.in === 'query');
    const statuses = Object.keys(operation.responses).map(Number);
    const success = statuses.find((status) => status < 300);
    const errors = statuses.filter((status) => status >= 400);
    for (const status of errors) errorSchemas.add(JSON.stringify(schemaOf(operation.responses[status])));
    published[operation.operationId] = {
      method: method.toUpperCase(),
      path,
      ...(query.length > 0 && { query: Object.fromEntries(query.map((one) => [one.name, derive(one.schema)])) }),
      ...(operation.requestBody && { body: schemaOf(operation.requestBody) }),
      success,
      answer: schemaOf(operation.responses[success]),
      errors,
    };
  }
}
const missing = OPERATIONS.filter((name) => !(name in published));
if (missing.length > 0) throw new Error(`the document does not have ${missing.join(', ')}`);

if (errorSchemas.size !== 1) throw new Error('the errors have more than one shape');

const target = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'support', 'duvo', 'published-v2.json');
const { format } = await import('prettier');
const operations = Object.fromEntries(OPERATIONS.map((name) => [name, published[name]]));
const derived = { error: JSON.parse([...errorSchemas][0]), operations };
writeFileSync(target, await format(JSON.stringify(derived), { parser: 'json', printWidth: 120 }));
