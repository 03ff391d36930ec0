/** Building blocks of the v2 schemas. */
import { z } from 'zod';

export const text = z.string();
export const id = text.min(1);
export const number = z.number();
export const flag = z.boolean();
export const nullable = <T>(schema: z.ZodType<T>) => schema.nullable();
export const anyObject = z.looseObject({});
