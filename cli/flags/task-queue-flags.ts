import type { Command } from 'commander';

export function addTaskQueueFlag(command: Command): Command {
  return command.option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)');
}

export function addTaskQueueFlags(command: Command): Command {
  return addTaskQueueFlag(command).option(
    '--api-task-queue <name>',
    'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
  );
}
