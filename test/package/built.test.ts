import { accessSync, constants, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/** Returns the line of a file on which a text begins, counted from 0, and its column. */
function findPosition(file: string, text: string): { line: number; column: number } {
  const before = file.slice(0, file.indexOf(text)).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}

test('the built command is executable, also after a second build', () => {
  expect(() => accessSync(join(root, 'dist/cli/main.js'), constants.X_OK)).not.toThrow();
});

test('a stack trace from the built workflow bundle names the source file and its line', () => {
  const text = 'Duvo did not accept the start within the deadline';
  const [code = '', encoded = ''] = readFileSync(join(root, 'dist/workflow-bundle.js'), 'utf8').split(
    /sourceMappingURL=data:.*base64,/,
  );
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload);
  const { line, column } = findPosition(code, text);
  const source = 'workflows/run/start-run.ts';
  expect(map.findEntry(line, column)).toMatchObject({
    originalSource: expect.stringMatching(new RegExp(`${source}$`)) as string,
    originalLine: findPosition(readFileSync(join(root, source), 'utf8'), text).line,
  });
});
