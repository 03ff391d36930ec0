import { ApplicationFailure } from '@temporalio/common';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { cutText } from '../../contract/text/cut-text';
import { CallFailureTypes } from '../failures';

export interface CheckOutputInput {
  /** A JSON Schema: draft-06, draft-07 or 2020-12, by its `$schema`. @default 2020-12 */
  schema: Record<string, unknown>;
  /** The agent's last message. When absent, only the schema is checked. */
  text?: string;
}

/** `output` is the parsed JSON of a text that fits. `problems` have a path and a rule each, and no value of the text. */
export type CheckOutputResult = { output: unknown } | { problems: string[] };

const MAX_PROBLEMS = 10;
const MAX_PROBLEM_CHARS = 200;

/** Unknown keywords and formats are ignored, as the JSON Schema specification requires. */
const OPTIONS: Options = { allErrors: true, strict: false, logger: false, validateFormats: true };

/** The check of an agent's last message. It is an activity, and not workflow code, because it compiles the schema. */
export function createOutputActivities() {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await
    async checkOutput({ schema, text }: CheckOutputInput): Promise<CheckOutputResult> {
      const validate = compile(schema);
      if (text === undefined) return { output: null };
      const extracted = extractJson(text);
      if ('problems' in extracted) return extracted;
      if (validate(extracted.output)) return extracted;
      return { problems: (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(formatProblem) };
    },
  };
}

function compile(schema: Record<string, unknown>) {
  try {
    const ajv = /draft-0[67]/.test(String(schema.$schema)) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    addFormats(ajv);
    return ajv.compile(schema);
  } catch (error) {
    // The message of ajv contains parts of the schema only.
    const problem = `is not a usable JSON Schema: ${shorten((error as Error).message)}`;
    throw ApplicationFailure.nonRetryable(`output.schema ${problem}`, CallFailureTypes['invalid-input'], {
      field: 'output.schema',
      problem,
    });
  }
}

/** Returns the JSON in a text: the whole text, or its only fenced block. */
function extractJson(text: string): CheckOutputResult {
  const wholeText = tryParseJson(text);
  if (wholeText) return wholeText;
  const blocks = [...text.matchAll(/^ *```json *\r?\n([^]*?)^ *```/gm)];
  if (blocks.length !== 1) {
    return { problems: [blocks.length === 0 ? 'it is not JSON' : 'it has more than one block of JSON'] };
  }
  return tryParseJson(blocks[0]?.[1] ?? '') ?? { problems: ['its block of JSON is not well-formed'] };
}

function tryParseJson(text: string): { output: unknown } | undefined {
  try {
    return { output: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function formatProblem({ instancePath, message = 'does not fit' }: ErrorObject): string {
  return shorten(`${instancePath || '/'} ${message}`);
}

function shorten(text: string): string {
  return cutText(text.replace(/\s+/g, ' '), MAX_PROBLEM_CHARS);
}
