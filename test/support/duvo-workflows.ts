import { DuvoWorkflows } from '../../client';
import { type Stack, type StackOptions, startStack } from './stack';

/** The stack of the current test file. */
export let stack: Stack;
/** A client of the workflows of the stack. */
export let duvo: DuvoWorkflows;

/** Starts a stack and its client before the tests of the file, and stops the stack after them. */
export function setUpDuvoWorkflows(options?: StackOptions): void {
  beforeAll(async () => {
    stack = await startStack(options);
    duvo = new DuvoWorkflows(stack.client, stack);
  });
  afterAll(() => stack.stop());
}
