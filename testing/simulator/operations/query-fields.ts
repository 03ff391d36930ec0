import { z } from 'zod';

/** Query values are texts. `Number` would also read ` 5 `, `0x10` and an empty text as numbers. */
const wholeNumberSchema = z.string().regex(/^\d+$/).transform(Number);

/** Schemas of the paging parameters `limit` and `offset`. */
export const pageFields = (defaultLimit: number, maxLimit: number) => ({
  limit: wholeNumberSchema.pipe(z.number().min(1).max(maxLimit)).default(defaultLimit),
  offset: wholeNumberSchema.default(0),
});

export const booleanTextSchema = z.enum(['true', 'false']);
export const sortOrderSchema = z.enum(['asc', 'desc']);
export const timestampSchema = z.iso.datetime({ offset: true });

/** Creates the schema of a filter that allows several values, separated by commas. */
export const listOfSchema = <T extends string>(values: readonly T[]) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)));

/** Code of the refusal of a documented filter on data that the simulator does not have. */
export const NOT_SIMULATED = 'not_simulated';

/**
 * Refuses a documented filter on data that the simulator does not have, such as evaluations. If the simulator accepted
 * the filter, a test would get rows that the service leaves out.
 */
export const notSimulatedSchema = z.custom<never>(() => false, { error: NOT_SIMULATED }).optional();
