import { ApplicationFailure } from '@temporalio/common';
import { cutText, jsonBytes } from '../../contract/text/cut-text';
import { CallFailureTypes } from '../to-failure';
import { cancellationSignal, withHeartbeats } from '../http-attempt';
import { type OutputCheck, OutputThreads } from './output-threads';

export interface CheckOutputInput {
  /** A JSON Schema: draft-06, draft-07 or 2020-12, by its `$schema`. @default 2020-12 */
  schema: Record<string, unknown>;
  /** The agent's last message. When absent, only the schema is checked. */
  text?: string;
}

/** `output` is the parsed JSON of a text that fits. `problems` have a path and a rule each, and no value of the text. */
export type CheckOutputResult = { output: unknown } | { problems: string[] };

const MAX_PROBLEM_CHARS = 200;

/** Limit of an output as JSON. A number such as 1e20 is longer in a result than in the text. */
const MAX_OUTPUT_BYTES = 500_000;

/** The check of an agent's last message. It is an activity, because it compiles the schema in a thread of its own. */
export function createOutputActivities() {
  const threads = new OutputThreads();
  return {
    async checkOutput({ schema, text }: CheckOutputInput): Promise<CheckOutputResult> {
      const check = await withHeartbeats(() => threads.check({ schema, text }, cancellationSignal()));
      if ('schemaProblem' in check) throw unusableSchemaFailure(`is not a usable JSON Schema: ${check.schemaProblem}`);
      if ('tooCostly' in check && text === undefined) throw unusableSchemaFailure('takes too long to compile');
      return toCheckOutputResult(check);
    },
  };
}

function toCheckOutputResult(check: Exclude<OutputCheck, { schemaProblem: string }>): CheckOutputResult {
  if ('tooCostly' in check) return { problems: ['it takes too long to check'] };
  if ('problems' in check) return { problems: check.problems.map(shorten) };
  return jsonBytes(check.output) > MAX_OUTPUT_BYTES ? { problems: ['it is too long'] } : check;
}

function unusableSchemaFailure(reason: string): ApplicationFailure {
  const problem = shorten(reason);
  return ApplicationFailure.nonRetryable(`output.schema ${problem}`, CallFailureTypes['invalid-input'], {
    field: 'output.schema',
    problem,
  });
}

function shorten(text: string): string {
  return cutText(text.replace(/\s+/g, ' '), MAX_PROBLEM_CHARS);
}
