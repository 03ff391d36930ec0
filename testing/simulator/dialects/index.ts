import type { Dialect } from '../shared/vocabulary';
import type { DialectWriter } from './dialect-writer';
import { v1 } from './v1';
import { v2 } from './v2';

export const DIALECT_WRITERS: Readonly<Record<Dialect, DialectWriter>> = { v1, v2 };
