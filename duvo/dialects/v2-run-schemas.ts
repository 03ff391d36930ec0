/** Runs, messages and human requests of dialect `v2`. The rules for these schemas are in `v2-schemas.ts`. */
import { z } from 'zod';
import { flag, id, nullable, number, text } from './v2-schema-parts';

export const run = z.looseObject({
  id,
  agent_id: text,
  build_id: text,
  status: text,
  source: nullable(text),
  sandbox_id: nullable(text),
  started_at: nullable(text),
  completed_at: nullable(text),
  created_at: text,
  updated_at: text,
  human_in_the_loop_enabled: flag,
});

export const humanRequest = z.looseObject({
  id,
  title: text,
  description: nullable(text),
  created_at: text,
  type: text,
  questions: z
    .array(
      z.looseObject({
        question: text,
        header: text.optional(),
        options: z.array(z.looseObject({ label: text, description: text.optional() })).optional(),
        multi_select: flag.optional(),
      }),
    )
    .optional(),
});

export const humanResponse = z.looseObject({
  id,
  run_id: text,
  title: text,
  description: nullable(text),
  response: nullable(text),
  responded_at: nullable(text),
  created_at: text,
});

/** A row of the list of runs. Its fields differ from those of a single run. */
export const runRow = z.looseObject({
  id,
  created_at: text,
  updated_at: text,
  started_at: nullable(text),
  completed_at: nullable(text),
  status: text,
  source: nullable(text),
  title: text,
  run_number: number,
  agent_id: text,
  agent_name: text,
  build_id: text,
  user_id: nullable(text),
  case_queue_item_id: nullable(text),
  case_queue_id: nullable(text),
  case_queue_name: nullable(text),
  case_title: nullable(text),
  postponed_to: nullable(text),
  submitted_prompt_count: number,
});

export const message = z.looseObject({
  id: text,
  type: text,
  role: text,
  timestamp: text,
  text_content: text.optional(),
  tool_call: z.looseObject({ id: text, name: text }).optional(),
  tool_result: z.looseObject({ tool_call_id: text, error: text.optional() }).optional(),
});
