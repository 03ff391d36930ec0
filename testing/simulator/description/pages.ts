import { z } from 'zod';

/** `limit` and `offset` as the service takes them. */
export const page = (standard: number, most: number) => ({
  limit: z.coerce.number().int().min(1).max(most).default(standard),
  offset: z.coerce.number().int().min(0).default(0),
});

export const flag = z.enum(['true', 'false']);
export const order = z.enum(['asc', 'desc']);
export const timestamp = z.iso.datetime({ offset: true });
