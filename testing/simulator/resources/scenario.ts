import { z } from 'zod';

/** A duration: milliseconds, or a string such as `'2s'`. */
const durationSchema = z.union([z.number().nonnegative(), z.string()]);

const questionSchema = z.strictObject({
  question: z.string(),
  header: z.string().optional(),
  options: z.array(z.strictObject({ label: z.string(), description: z.string().optional() })).optional(),
  multi_select: z.boolean().optional(),
});

const STEP_ERROR =
  'must be a step: {status, polls? or duration?}, {ask: {type, title, …}, onDenied?} or ' +
  '{end: completed, failed, canceled, interrupted or gone, lastMessage?}';

const stepSchema = z.union(
  [
    /** The run stays in this status for a number of polls (GET requests for the run) or for a time; with neither, for ever. */
    z.strictObject({
      status: z.string(),
      polls: z.number().int().nonnegative().optional(),
      duration: durationSchema.optional(),
    }),
    /** Waits until a person answers. */
    z.strictObject({
      ask: z.strictObject({
        /** Another text is a kind of request that clients of today do not know. */
        type: z.string(),
        title: z.string(),
        description: z.string().optional(),
        questions: z.array(questionSchema).optional(),
      }),
      /** Whether a denial fails the run or continues with the next step. @default 'continue' */
      onDenied: z.enum(['continue', 'fail']).optional(),
    }),
    /** Ends the run. A message resumes the run with the next step. `lastMessage` replaces that of the scenario. */
    z.strictObject({
      end: z.enum(['completed', 'failed', 'canceled', 'interrupted', 'gone']),
      lastMessage: z.string().optional(),
    }),
  ],
  { error: STEP_ERROR },
);

export const scenarioSchema = z.strictObject({
  steps: z.array(stepSchema),
  /** The agent's last message. */
  lastMessage: z.string().optional(),
  /** The agent's last message after a person denied an approval. @default `lastMessage` */
  deniedMessage: z.string().optional(),
  outcome: z.unknown().optional(),
  owner: z.unknown().optional(),
  /** Whether a stop request ends a run that waits for a person. The real service ignores the request. @default 'ignore' */
  stopWhileWaiting: z.enum(['ignore', 'stop']).optional(),
});

export type ScenarioStep = z.infer<typeof stepSchema>;

/** The steps that the runs of an agent follow. */
export type Scenario = z.infer<typeof scenarioSchema>;

const WORKING_STEP: ScenarioStep = { status: 'running', duration: '3s' };

/** Scenarios of the built-in agents, by agent id. */
export const BUILT_IN_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'agent-completes': {
    steps: [{ status: 'pending', duration: '1s' }, WORKING_STEP, { end: 'completed' }],
    lastMessage: 'The invoice is read.',
  },
  'agent-asks-approval': {
    steps: [
      WORKING_STEP,
      { ask: { type: 'approval', title: 'Post invoice 4711?', description: 'The amount is odd.' } },
      WORKING_STEP,
      { end: 'completed' },
    ],
    lastMessage: 'The invoice is posted.',
    deniedMessage: 'The invoice was not posted: a person denied it.',
  },
  'agent-asks-question': {
    steps: [
      WORKING_STEP,
      {
        ask: {
          type: 'question',
          title: 'Where does it belong?',
          questions: [
            { question: 'Which ledger?', options: [{ label: 'main' }, { label: 'side' }] },
            {
              question: 'Which tags?',
              multi_select: true,
              options: [{ label: 'urgent' }, { label: 'odd' }, { label: 'new' }],
            },
          ],
        },
      },
      WORKING_STEP,
      { end: 'completed' },
    ],
    lastMessage: 'The invoice is filed.',
  },
  'agent-fails': { steps: [WORKING_STEP, { end: 'failed' }], lastMessage: 'The invoice cannot be read.' },
  'agent-interrupted': {
    steps: [WORKING_STEP, { end: 'interrupted' }, WORKING_STEP, { end: 'completed' }],
    lastMessage: 'The invoice is read after all.',
  },
  'agent-slow': {
    steps: [{ status: 'pending', duration: '30s' }, { status: 'running', duration: '10m' }, { end: 'completed' }],
    lastMessage: 'It took a while.',
  },
};
