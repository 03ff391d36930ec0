import { readFileSync } from 'node:fs';
import type { BatchTemplate } from '../../client';
import { UsageError } from '../exit-codes';

export interface TemplateFlags {
  agent?: string;
  message?: string;
  sandbox?: string;
  deadline?: string;
  workflow?: string;
  queue?: string;
  title?: string;
  data?: string;
  template?: string;
}

/** What is started for each item, by the flags. @throws UsageError */
export function parseTemplateFlags(flags: TemplateFlags): BatchTemplate {
  const { agent, workflow, queue, template } = flags;
  if ([agent, workflow, queue, template].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('give one of --agent, --workflow, --queue and --template: what is started for each item');
  if (agent !== undefined) {
    const { message, sandbox: sandboxId, deadline } = flags;
    return {
      run: {
        agentId: agent,
        ...(message && { message }),
        ...(sandboxId && { sandboxId }),
        ...(deadline && { deadline }),
      },
    };
  }
  if (workflow !== undefined) return { workflow: { type: workflow } };
  if (queue !== undefined) {
    const { title, data } = flags;
    if (!title) throw new UsageError('--title is missing: a case has one, e.g. "Invoice {{number}}"');
    return { case: { queueId: queue, title, ...(data && { data }) } };
  }
  return readTemplateFile(template ?? '');
}

function readTemplateFile(path: string): BatchTemplate {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`--template: ${path} cannot be read`);
  }
  try {
    return JSON.parse(text) as BatchTemplate;
  } catch {
    throw new UsageError(`--template: ${path} is not JSON`);
  }
}
