'use strict';
/**
 * Runs in a worker thread, because a schema and a text of others can keep a check busy for ever. The file is JavaScript,
 * because Node loads it also from the sources. The build copies it (scripts/build.mjs).
 */
const { parentPort } = require('node:worker_threads');
const { Ajv } = require('ajv');
const { Ajv2020 } = require('ajv/dist/2020');
const { default: addFormats } = require('ajv-formats');

const MAX_PROBLEMS = 10;

/**
 * Limit of the nesting of an output. Validation, the copy to the main thread and `JSON.stringify` recurse, and would run out of
 * stack at some thousands of levels.
 */
const MAX_NESTING = 500;

/** Unknown keywords and formats are ignored, as the JSON Schema specification requires. */
const OPTIONS = { allErrors: true, strict: false, logger: false, validateFormats: true };

parentPort.on('message', (job) => {
  try {
    parentPort.postMessage(check(job));
  } catch ({ name }) {
    // A schema that refers to itself can run out of stack. The message of the error may have parts of the text.
    parentPort.postMessage({ problems: [`it cannot be checked: ${name}`] });
  }
});
// The time limit of a check begins after this message.
parentPort.postMessage('ready');

/** Returns the shape `OutputCheck` of output-threads.ts. */
function check({ schema, text }) {
  let validate;
  try {
    const ajv = /draft-0[67]/.test(String(schema.$schema)) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    addFormats(ajv);
    validate = ajv.compile(schema);
  } catch (error) {
    // The message of ajv contains parts of the schema only.
    return { schemaProblem: error.message };
  }
  if (text === undefined) return { output: null };
  const extracted = extractJson(text);
  if ('problems' in extracted) return extracted;
  if (isNestedTooDeeply(extracted.output)) return { problems: [`it has more than ${MAX_NESTING} levels`] };
  if (validate(extracted.output)) return extracted;
  const problems = (validate.errors ?? []).slice(0, MAX_PROBLEMS);
  return {
    problems: problems.map(({ instancePath, message = 'does not fit' }) => `${instancePath || '/'} ${message}`),
  };
}

function isNestedTooDeeply(output) {
  let containers = [output].filter(isContainer);
  for (let level = 1; containers.length > 0; level++) {
    if (level > MAX_NESTING) return true;
    containers = containers.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value) {
  return typeof value === 'object' && value !== null;
}

/** Returns the JSON in a text: the whole text, or its only fenced block. */
function extractJson(text) {
  const wholeText = tryParseJson(text);
  if (wholeText) return wholeText;
  const blocks = [...text.matchAll(/^ *```json *\r?\n([^]*?)^ *```/gm)];
  if (blocks.length !== 1) {
    return { problems: [blocks.length === 0 ? 'it is not JSON' : 'it has more than one block of JSON'] };
  }
  return tryParseJson(blocks[0][1]) ?? { problems: ['its block of JSON is not well-formed'] };
}

function tryParseJson(text) {
  try {
    return { output: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
