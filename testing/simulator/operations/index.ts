import { agentOperations } from './agent-operations';
import { oauthOperations } from './oauth-operations';
import type { OperationDescription } from './operation';
import { queueOperations } from './queue-operations';
import { runOperations } from './run-operations';
import { sandboxOperations } from './sandbox-operations';

/** All operations of the simulated API. Any other path gets a 404. */
export const OPERATIONS: readonly OperationDescription[] = [
  ...runOperations,
  ...agentOperations,
  ...queueOperations,
  ...sandboxOperations,
  ...oauthOperations,
];
