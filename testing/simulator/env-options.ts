import ms from 'ms';
import { z } from 'zod';
import { CHAOS_KINDS } from './faults/chaos';
import type { SimulatorOptions } from './simulator-options';

const numberSchema = (pattern: RegExp, min: number, max: number, error: string) =>
  z
    .string()
    .refine((text) => pattern.test(text) && Number(text) >= min && Number(text) <= max, { error })
    .transform(Number);
const integerSchema = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  numberSchema(
    /^\d+$/,
    min,
    max,
    `must be a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`,
  );
const enumSchema = <const T extends string>(...values: T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
const commaListSchema = z.string().transform((text) => text.split(',').map((one) => one.trim()));

/** The valid values of each variable. */
const ENV_SCHEMAS = {
  SIMULATOR_HOST: z.string(),
  SIMULATOR_PORT: integerSchema(0, 65_535),
  SIMULATOR_API_KEY: z.string(),
  SIMULATOR_SCOPES: commaListSchema,
  SIMULATOR_TEAM_ID: z.string(),
  SIMULATOR_REQUESTS_PER_MINUTE: integerSchema(1),
  SIMULATOR_RATE_LIMIT_HEADERS: enumSchema('draft', 'structured', 'legacy', 'none'),
  SIMULATOR_IDEMPOTENCY_KEYS: enumSchema('honour', 'ignore', 'refuse', 'in-flight'),
  SIMULATOR_CASE_DURATION: z.string().refine((text) => ms(text) >= 0, { error: "must be a duration such as '2s'" }),
  SIMULATOR_OAUTH_CLIENT_ID: z.string(),
  SIMULATOR_OAUTH_CLIENT_SECRET: z.string(),
  SIMULATOR_WEBHOOK_SECRET: z.string(),
  SIMULATOR_CHAOS_SEED: integerSchema(0),
  SIMULATOR_CHAOS_RATE: numberSchema(/^\d*\.?\d+$/, 0, 1, 'must be a number from 0 to 1'),
  SIMULATOR_CHAOS_KINDS: commaListSchema.pipe(z.array(enumSchema(...CHAOS_KINDS))),
};

/** Reads the simulator's options from environment variables. @throws Error that names an invalid variable */
export function simulatorOptionsFromEnv(env: Record<string, string | undefined>): SimulatorOptions {
  const readVariable = <Name extends keyof typeof ENV_SCHEMAS>(name: Name) => {
    if (!env[name]) return undefined;
    const parsed = ENV_SCHEMAS[name].safeParse(env[name]);
    if (parsed.success) return parsed.data as z.output<(typeof ENV_SCHEMAS)[Name]>;
    throw new Error(`${name} ${parsed.error.issues[0]?.message ?? 'is invalid'}`);
  };
  const clientId = readVariable('SIMULATOR_OAUTH_CLIENT_ID');
  const rate = readVariable('SIMULATOR_CHAOS_RATE');
  const [seed = 1, kinds] = [readVariable('SIMULATOR_CHAOS_SEED'), readVariable('SIMULATOR_CHAOS_KINDS')];
  return {
    host: readVariable('SIMULATOR_HOST'),
    port: readVariable('SIMULATOR_PORT'),
    apiKey: readVariable('SIMULATOR_API_KEY'),
    scopes: readVariable('SIMULATOR_SCOPES'),
    teamId: readVariable('SIMULATOR_TEAM_ID'),
    requestsPerMinute: readVariable('SIMULATOR_REQUESTS_PER_MINUTE'),
    rateLimitHeaders: readVariable('SIMULATOR_RATE_LIMIT_HEADERS'),
    idempotencyKeyMode: readVariable('SIMULATOR_IDEMPOTENCY_KEYS'),
    caseDuration: readVariable('SIMULATOR_CASE_DURATION'),
    webhookSecret: readVariable('SIMULATOR_WEBHOOK_SECRET'),
    ...(clientId !== undefined && { oauth: { clientId, clientSecret: readVariable('SIMULATOR_OAUTH_CLIENT_SECRET') } }),
    ...(rate !== undefined && { chaos: { rate, seed, kinds } }),
  };
}
