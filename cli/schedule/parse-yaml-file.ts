import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { UsageError } from '../exit-codes';

/** A file in YAML or JSON, which is YAML, too. @throws UsageError that says where it is wrong, and holds none of it */
export function parseYamlFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  try {
    return parse(text, { prettyErrors: false, maxAliasCount: 100 });
  } catch (error) {
    const { code = 'not YAML', pos } = error as { code?: string; pos?: [number, number] };
    const line = pos ? `, line ${text.slice(0, pos[0]).split('\n').length}` : '';
    throw new UsageError(`${path}${line}: is not YAML or JSON (${code})`);
  }
}
