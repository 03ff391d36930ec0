import fc from 'fast-check';
import { isObject } from '../../../duvo/model/operation';

/** The part of JSON Schema that the published document uses. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

/** Generates well-formed Unicode strings, without lone surrogates. */
const graphemeText = (schema: Schema) =>
  fc.string({ unit: 'grapheme', minLength: schema.minLength, maxLength: Math.min(schema.maxLength ?? 20, 20) });

/** Generates values that match a schema. An id is never empty, because an empty id cannot be used in a request. */
export function arbitraryOf(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => arbitraryOf(one)));
  const types = [schema.type ?? []].flat();
  const arbitraries = types.map((type): fc.Arbitrary<unknown> => {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
      case 'number':
        return numberArbitrary(schema, type);
      case 'string':
        return textArbitrary(schema, name);
      case 'array':
        return fc.array(arbitraryOf(schema.items ?? {}), { minLength: schema.minItems, maxLength: 3 });
      default:
        return objectArbitrary(schema);
    }
  });
  return arbitraries.length === 0 ? fc.jsonValue({ maxDepth: 2 }) : fc.oneof(...arbitraries);
}

function numberArbitrary({ minimum, maximum, exclusiveMinimum }: Schema, type: string): fc.Arbitrary<number> {
  const min = minimum ?? (exclusiveMinimum === undefined ? -1_000_000 : exclusiveMinimum + 1);
  const max = maximum ?? Math.max(min, 1_000_000);
  if (type === 'integer') return fc.integer({ min, max });
  return fc.oneof(
    fc.integer({ min, max }),
    fc.double({ min, max, noNaN: true }).map((value) => (value === 0 ? 0 : value)),
  );
}

function textArbitrary(schema: Schema, name: string): fc.Arbitrary<string> {
  if (schema.format === 'uuid') return fc.uuid();
  if (schema.format === 'uri') return fc.webUrl();
  if (schema.format === 'date-time') {
    const [min, max] = [new Date(0), new Date('2099-01-01')];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (name === 'status')
    return fc.oneof(graphemeText(schema), fc.constantFrom('running', 'waiting', 'stopped', 'brand_new'));
  return graphemeText(/^(id|sandbox_id)$/.test(name) ? { minLength: 1, ...schema } : schema);
}

function objectArbitrary({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, one]) => [name, arbitraryOf(one, name)]);
  const known = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: required,
  });
  if (additionalProperties === false || (additionalProperties === undefined && fields.length > 0)) return known;
  const more =
    typeof additionalProperties === 'object' ? arbitraryOf(additionalProperties) : fc.jsonValue({ maxDepth: 1 });
  const names = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }).map((name) => `x_${name}`);
  return fc.tuple(known, fc.dictionary(names, more, { maxKeys: 3 })).map(([one, other]) => ({ ...other, ...one }));
}

/** A position in a body that requires a value of certain types. */
export interface RequiredPlace {
  path: (string | number)[];
  types: string[];
}

/**
 * Finds the required positions of a body: at the top level and one level deep in each resource. In a human request, the
 * questions are required too, because the library reads them.
 */
export function findRequiredPlaces(
  schema: Schema,
  body: unknown,
  depth = 0,
  path: (string | number)[] = [],
): RequiredPlace[] {
  if (Array.isArray(body)) {
    return body.flatMap((item, index) => findRequiredPlaces(schema.items ?? {}, item, depth, [...path, index]));
  }
  if (!isObject(body) || !schema.properties) return [];
  return Object.entries(schema.properties).flatMap(([name, one]) => {
    const fieldPath = [...path, name];
    const deeper = depth === 0 || name === 'questions' || name === 'options' || name === 'labels';
    return [
      ...(schema.required?.includes(name) ? [{ path: fieldPath, types: typesOf(one) }] : []),
      ...(deeper && name in body ? findRequiredPlaces(one, body[name], depth + 1, fieldPath) : []),
    ];
  });
}

const SAMPLE_VALUES: [type: string, value: unknown][] = [
  ['null', null],
  ['string', 'text'],
  ['number', 7],
  ['boolean', true],
  ['array', []],
  ['object', {}],
];

/** Returns the types that a schema allows; all types when the schema names none. */
function typesOf({ type, anyOf }: Schema): string[] {
  if (anyOf) return anyOf.flatMap(typesOf);
  return type === undefined ? SAMPLE_VALUES.map(([name]) => name) : [type].flat();
}

/** Formats a path as error messages do: `data[0].id`. */
export function formatPath(path: (string | number)[]): string {
  return path.reduce<string>((whole, part) => {
    if (typeof part === 'number') return `${whole}[${part}]`;
    return whole === '' ? part : `${whole}.${part}`;
  }, '');
}

/** Copies a body, but removes the value at a position or replaces it by a value of a wrong type. */
export function corruptBody(body: unknown, { path, types }: RequiredPlace, choice: number): unknown {
  const copy = structuredClone(body);
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], copy);
  const wrong = SAMPLE_VALUES.filter(
    ([type]) => !types.includes(type) && !(type === 'number' && types.includes('integer')),
  );
  const sample = wrong[choice % (wrong.length + 1)];
  if (sample) (parent as Record<string, unknown>)[last] = sample[1];
  else delete (parent as Record<string, unknown>)[last];
  return copy;
}
