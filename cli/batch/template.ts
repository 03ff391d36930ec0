import type { BatchTemplate } from '../../client';
import { UsageError } from '../exit-codes';
import { type FieldOrigin, flagOrigins } from '../flags/name-flags';
import { readJsonFile } from '../flags/read-file';

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

/** Returns the flags of the fields of a template, for errors. */
export function templateOrigins(flags: TemplateFlags): FieldOrigin[] {
  const { agent, sandbox, deadline, workflow, queue, template } = flags;
  if (template !== undefined) return [{ field: 'template', flag: '--template', file: template }];
  return flagOrigins({
    'template.run.agentId': ['--agent', agent],
    'template.run.message': ['--message'],
    'template.run.sandboxId': ['--sandbox', sandbox],
    'template.run.deadline': ['--deadline', deadline],
    'template.workflow.type': ['--workflow', workflow],
    'template.case.queueId': ['--queue', queue],
    'template.case.title': ['--title'],
    'template.case.data': ['--data'],
  });
}

/** Builds the template of a batch (the workflow that each item starts) from the flags. @throws UsageError */
export function parseTemplateFlags(flags: TemplateFlags): BatchTemplate {
  const { agent, workflow, queue, template } = flags;
  if ([agent, workflow, queue, template].filter((one) => one !== undefined).length !== 1)
    throw new UsageError(
      'give one of --agent, --workflow, --queue and --template: it defines what is started for each item',
    );
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
    if (!title) throw new UsageError('--title is missing: a case needs one, e.g. "Invoice {{number}}"');
    return { case: { queueId: queue, title, ...(data && { data }) } };
  }
  return readJsonFile(template ?? '', '--template') as unknown as BatchTemplate;
}
