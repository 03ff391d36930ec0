import { z } from 'zod';

/** Schemas of the paging parameters `limit` and `offset`. */
export const pageFields = (defaultLimit: number, maxLimit: number) => ({
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  offset: z.coerce.number().int().min(0).default(0),
});

export const booleanTextSchema = z.enum(['true', 'false']);
export const sortOrderSchema = z.enum(['asc', 'desc']);
export const timestampSchema = z.iso.datetime({ offset: true });
