// Generates docs/reference/cli.md from the help texts of the built command.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import reference from '../dist/cli/reference.js';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'reference', 'cli.md'), reference.formatReference());
