import { generateSources, type GeneratedSource } from '../support/sources/generated-sources';
import { readAll, readError } from '../support/sources/source-bytes';

const SOURCES = generateSources(200);
const PIECE_BYTES = [1, 7, 64, 10_000];
const optionsOf = ({ format, delimiter }: GeneratedSource, size: number) => ({ format, delimiter, size });

test.each(SOURCES.filter(({ invalidLine }) => invalidLine === undefined).map((one) => [one.name, one] as const))(
  'exactly the rows of a file are read, with their lines: %s',
  async (_name, source) => {
    for (const size of PIECE_BYTES) expect(await readAll(source.bytes, optionsOf(source, size))).toEqual(source.rows);
  },
);

test.each(SOURCES.filter(({ invalidLine }) => invalidLine !== undefined).map((one) => [one.name, one] as const))(
  'an invalid file is refused with the line of the fault: %s',
  async (_name, source) => {
    for (const size of PIECE_BYTES)
      expect(await readError(source.bytes, optionsOf(source, size))).toMatchObject({
        name: 'BatchSourceError',
        kind: 'invalid',
        line: source.invalidLine,
      });
  },
);
