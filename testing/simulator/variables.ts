import ms from 'ms';
import { z } from 'zod';
import { CHAOS_KINDS } from './chaos';
import type { SimulatorOptions } from './options';

const number = (pattern: RegExp, min: number, max: number, error: string) =>
  z
    .string()
    .refine((text) => pattern.test(text) && Number(text) >= min && Number(text) <= max, { error })
    .transform(Number);
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  number(/^\d+$/, min, max, `must be a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`);
const oneOf = <const T extends string>(...values: T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
const list = z.string().transform((text) => text.split(',').map((one) => one.trim()));

/** What each variable may say. */
const VARIABLES = {
  SIMULATOR_HOST: z.string(),
  SIMULATOR_PORT: whole(0, 65_535),
  SIMULATOR_API_KEY: z.string(),
  SIMULATOR_SCOPES: list,
  SIMULATOR_TEAM_ID: z.string(),
  SIMULATOR_REQUESTS_PER_MINUTE: whole(1),
  SIMULATOR_RATE_LIMIT_HEADERS: oneOf('draft', 'structured', 'legacy', 'none'),
  SIMULATOR_HONOUR_KEYS: oneOf('0', '1'),
  SIMULATOR_IDEMPOTENCY_KEYS: oneOf('honour', 'ignore', 'refuse', 'in-flight'),
  SIMULATOR_CASES_TAKE: z.string().refine((text) => ms(text) >= 0, { error: "must be a duration such as '2s'" }),
  SIMULATOR_OAUTH_CLIENT_ID: z.string(),
  SIMULATOR_OAUTH_CLIENT_SECRET: z.string(),
  SIMULATOR_WEBHOOK_SECRET: z.string(),
  SIMULATOR_CHAOS_SEED: whole(0),
  SIMULATOR_CHAOS_RATE: number(/^\d*\.?\d+$/, 0, 1, 'must be a number from 0 to 1'),
  SIMULATOR_CHAOS_KINDS: list.pipe(z.array(oneOf(...CHAOS_KINDS))),
};

/** The simulator's options, as its process is told them. @throws with the name of a variable that makes no sense */
export function optionsOf(env: Record<string, string | undefined>): SimulatorOptions {
  const read = <Name extends keyof typeof VARIABLES>(name: Name) => {
    if (!env[name]) return undefined;
    const parsed = VARIABLES[name].safeParse(env[name]);
    if (parsed.success) return parsed.data as z.output<(typeof VARIABLES)[Name]>;
    throw new Error(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
  };
  const clientId = read('SIMULATOR_OAUTH_CLIENT_ID');
  const rate = read('SIMULATOR_CHAOS_RATE');
  const [seed = 1, kinds] = [read('SIMULATOR_CHAOS_SEED'), read('SIMULATOR_CHAOS_KINDS')];
  return {
    host: read('SIMULATOR_HOST'),
    port: read('SIMULATOR_PORT'),
    apiKey: read('SIMULATOR_API_KEY'),
    scopes: read('SIMULATOR_SCOPES'),
    teamId: read('SIMULATOR_TEAM_ID'),
    requestsPerMinute: read('SIMULATOR_REQUESTS_PER_MINUTE'),
    rateLimitHeaders: read('SIMULATOR_RATE_LIMIT_HEADERS'),
    honourIdempotencyKeys: read('SIMULATOR_HONOUR_KEYS') !== '0',
    idempotencyKeys: read('SIMULATOR_IDEMPOTENCY_KEYS'),
    casesTake: read('SIMULATOR_CASES_TAKE'),
    webhookSecret: read('SIMULATOR_WEBHOOK_SECRET'),
    ...(clientId !== undefined && { oauth: { clientId, clientSecret: read('SIMULATOR_OAUTH_CLIENT_SECRET') } }),
    ...(rate !== undefined && { chaos: { rate, seed, kinds } }),
  };
}
