import { ApplicationFailure } from '@temporalio/common';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { CallFailureTypes } from '../failures';

export interface CheckOutputInput {
  /** A JSON Schema: draft-06, draft-07 or 2020-12, by its `$schema`. @default 2020-12 */
  schema: Record<string, unknown>;
  /** What the agent said. Absent: only the schema is checked. */
  text?: string;
}

/** `data`: what the text says, when it fits. `problems`: path and rule, without a value of the text. */
export type CheckOutputResult = { data: unknown } | { problems: string[] };

const MAX_PROBLEMS = 10;
const MAX_PROBLEM_CHARS = 200;

/** Unknown keywords and formats say nothing, as the specification has it. */
const OPTIONS: Options = { allErrors: true, strict: false, logger: false, validateFormats: true };

/** Checks of what agents say. Not a Duvo call: it runs beside them, since a schema's compiler has no place in a workflow. */
export function createOutputActivities() {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await
    async checkOutput({ schema, text }: CheckOutputInput): Promise<CheckOutputResult> {
      const validate = compile(schema);
      if (text === undefined) return { data: null };
      const extracted = extractJson(text);
      if ('problems' in extracted) return extracted;
      if (validate(extracted.data)) return extracted;
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
    // What ajv says of a schema holds nothing but the schema.
    const problem = `is no JSON Schema that can be used: ${short((error as Error).message)}`;
    throw ApplicationFailure.nonRetryable(`output.schema ${problem}`, CallFailureTypes['invalid-input'], {
      field: 'output.schema',
      problem,
    });
  }
}

/** The JSON in a text: all of it, or its one fenced block. */
function extractJson(text: string): CheckOutputResult {
  const whole = tryParseJson(text);
  if (whole) return whole;
  const blocks = [...text.matchAll(/^ *```json *\r?\n([^]*?)^ *```/gm)];
  if (blocks.length !== 1) {
    return { problems: [blocks.length === 0 ? 'it is not JSON' : 'it holds more than one block of JSON'] };
  }
  return tryParseJson(blocks[0]?.[1] ?? '') ?? { problems: ['its block of JSON is not well-formed'] };
}

function tryParseJson(text: string): { data: unknown } | undefined {
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function formatProblem({ instancePath, message = 'does not fit' }: ErrorObject): string {
  return short(`${instancePath || '/'} ${message}`);
}

function short(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, MAX_PROBLEM_CHARS);
}
