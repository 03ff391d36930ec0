import { agentOperations } from './agents';
import { oauthOperations } from './oauth';
import type { OperationDescription } from './operation';
import { queueOperations } from './queues';
import { runOperations } from './runs';
import { sandboxOperations } from './sandboxes';

/** All that the simulator accepts: whatever is not here is a 404. */
export const OPERATIONS: readonly OperationDescription[] = [
  ...runOperations,
  ...agentOperations,
  ...queueOperations,
  ...sandboxOperations,
  ...oauthOperations,
];
