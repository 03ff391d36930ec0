// Writes docs/reference/configuration.md from the schema of the built worker's environment variables.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import reference from '../dist/workers/config/reference.js';

const file = join(import.meta.dirname, '..', 'docs', 'reference', 'configuration.md');
writeFileSync(file, await format(reference.formatConfigReference(), { parser: 'markdown', printWidth: 120 }));
