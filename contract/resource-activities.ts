/** What the workflow and the worker must know of an activity that calls a resource of Duvo. */
export interface ResourceActivityTraits {
  /** The activity changes something in Duvo, so its input has a `key` that becomes the Idempotency-Key. */
  needsKey?: true;
  /** One attempt may take hours. Other activities end within about a minute. */
  isLong?: true;
  /**
   * A 409 in a second attempt may mean that Duvo still works on the first attempt's request, which may have had an
   * effect. Without this trait a 409 only describes the state of the resource.
   */
  mayBeInFlight?: true;
}

/** The activities that `duvoActivities()` offers to a user's own workflow. */
export const RESOURCE_ACTIVITIES = {
  createAgent: { needsKey: true, mayBeInFlight: true },
  getAgent: {},
  listAgents: {},
  listAgentSchedules: {},
  createCases: { needsKey: true, mayBeInFlight: true },
  getCase: {},
  listCases: {},
  listCaseRuns: {},
  listRuns: {},
  listMessages: {},
  // Duvo answers 409 while the run is running; a message is never accepted later.
  postMessage: { needsKey: true },
  getQueue: {},
  listQueues: {},
  createSandbox: { needsKey: true, mayBeInFlight: true },
  listSandboxFiles: {},
  uploadSandboxFile: { needsKey: true, isLong: true, mayBeInFlight: true },
  listTools: {},
  callTool: { needsKey: true, isLong: true, mayBeInFlight: true },
} as const satisfies Record<string, ResourceActivityTraits>;

export type ResourceActivityName = keyof typeof RESOURCE_ACTIVITIES;

/** Returns the traits of an activity without the narrow type of its entry in the table. */
export function resourceActivityTraits(name: ResourceActivityName): ResourceActivityTraits {
  return RESOURCE_ACTIVITIES[name];
}
