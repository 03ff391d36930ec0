import type { Schema } from './schema';

/** Returns a value that a schema allows, with the required fields only. */
export function minimalValue(schema: Schema): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return minimalValue(schema.anyOf[0] ?? {});
  const [type] = [schema.type ?? 'string'].flat();
  if (type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => minimalValue(schema.items ?? {}));
  if (type === 'object') {
    const { properties = {}, required = [] } = schema;
    return Object.fromEntries(required.map((name) => [name, minimalValue(properties[name] ?? {})]));
  }
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (schema.format === 'uuid') return 'b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f001';
  if (schema.format === 'uri') return 'http://127.0.0.1:9/hook';
  return schema.format === 'date-time' ? '2026-01-01T00:00:00Z' : 'text';
}

/** A place in a value, as `build.config.data.files`, and a value that has null or a documented value there. */
type Variant = [place: string, value: unknown];

/** Yields values of a schema that differ from the minimal value in one place, so that every place occurs. */
export function* variantsOf(schema: Schema, place = ''): Generator<Variant> {
  if ([schema.type].flat().includes('null')) yield [`${place}: null`, null];
  yield [place, minimalValue(schema)];
  for (const one of schema.anyOf ?? []) yield* variantsOf(one, place);
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    const at = place === '' ? name : `${place}.${name}`;
    for (const [where, value] of variantsOf(one, at)) {
      yield [where, { ...(minimalValue(schema) as object), [name]: value }];
    }
  }
  if (!schema.items) return;
  for (const [where, value] of variantsOf(schema.items, `${place}[]`)) yield [where, [value]];
}
