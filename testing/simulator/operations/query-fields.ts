import { z } from 'zod';

/** `limit` and `offset` as the service takes them. */
export const pageFields = (defaultLimit: number, maxLimit: number) => ({
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  offset: z.coerce.number().int().min(0).default(0),
});

export const booleanTextSchema = z.enum(['true', 'false']);
export const sortOrderSchema = z.enum(['asc', 'desc']);
export const timestampSchema = z.iso.datetime({ offset: true });
