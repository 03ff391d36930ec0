import type { BatchTemplate } from '../../client';
import { hasPlaceholder } from '../../contract';
import { UsageError } from '../exit-codes';
import { type FieldOrigin, flagOrigins } from '../flags/name-flags';
import { readJsonFile } from '../flags/read-file';
import type { Output } from '../terminal/output';

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
  refuseUnusedFlags(flags);
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

/** Refuses flags that the kind of the template would ignore. @throws UsageError */
function refuseUnusedFlags({ agent, queue, message, sandbox, deadline, title, data }: TemplateFlags): void {
  const refuse = (owner: string, flags: Record<string, unknown>) => {
    const unused = Object.keys(flags).find((flag) => flags[flag] !== undefined);
    if (unused) throw new UsageError(`${unused}: goes only with ${owner}`);
  };
  if (agent === undefined) refuse('--agent', { '--message': message, '--sandbox': sandbox, '--deadline': deadline });
  if (queue === undefined) refuse('--queue', { '--title': title, '--data': data });
}

/** Creates a callback that warns, once, when several items are stored for a template that starts all of them equally. */
export function createEqualInputWarning(template: BatchTemplate, output: Output): (items: number) => void {
  let isDue = !('workflow' in template && template.workflow.input === undefined) && !hasPlaceholder(template);
  return (items) => {
    if (!isDue || items < 2) return;
    isDue = false;
    output.note('the template has no placeholder, such as {{number}}: every item starts with the same input');
  };
}
