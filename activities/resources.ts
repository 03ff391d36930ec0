import { Context } from '@temporalio/activity';
import type { ResourceActivityName } from '../contract/resource-activities';
import type {
  CallToolInput,
  DuvoClient,
  ListRunsQuery,
  RunPage,
  Sandbox,
  Tool,
  ToolResult,
  UploadedFile,
  UploadFileInput,
} from '../duvo';
import { activityAgeMs } from './activity-clock';
import { cancellationSignal } from './http-attempt';
import { callMutation, callResource, type Keyed, mutationActivity, readActivity } from './resource-calls';

/** The result of a tool has no pages, so only the tool itself can return less. */
const SMALLER_RESULT_HINT = { field: 'result', fix: 'call the tool with arguments that give a smaller result' };
const FEWER_TOOLS_HINT = { field: 'tools', fix: 'an administrator of the workspace must offer fewer tools' };

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The activities of Duvo's resources, which users' workflows call through `duvoActivities()`. */
export function createResourceActivities(client: DuvoClient) {
  return {
    createAgent: mutationActivity(client, 'createAgent', 'agents.create'),
    getAgent: readActivity(client, 'agents.get'),
    listAgents: readActivity(client, 'agents.list'),
    listAgentSchedules: readActivity(client, 'agents.schedules'),

    /** Creates 1 to 100 cases and returns them in the order of the input. */
    createCases: mutationActivity(client, 'createCases', 'cases.create'),
    getCase: readActivity(client, 'cases.get'),
    listCases: readActivity(client, 'cases.list'),
    listCaseRuns: readActivity(client, 'cases.runs'),

    /** Returns the newest runs first. */
    listRuns: (query: ListRunsQuery): Promise<RunPage> =>
      callResource('runs.list', () => client.runs.listPage(query, { signal: cancellationSignal() }), undefined, {
        isRead: true,
      }),
    listMessages: readActivity(client, 'runs.messages'),
    /** Resumes a waiting, completed or interrupted run. A running run does not accept a message: `Duvo.Conflict`. */
    postMessage: mutationActivity(client, 'postMessage', 'runs.postMessage'),

    getQueue: readActivity(client, 'queues.get'),
    listQueues: readActivity(client, 'queues.list'),

    createSandbox: ({ key }: Keyed<object>): Promise<Sandbox> =>
      callMutation('createSandbox', 'sandboxes.create', key, {}, (options) => client.sandboxes.create(options)),
    listSandboxFiles: readActivity(client, 'sandboxes.files'),
    /** Sends a file of the worker's own machine. A cancellation aborts the upload, since a second upload does no harm. */
    uploadSandboxFile: ({ key, ...input }: Keyed<UploadFileInput>): Promise<UploadedFile> =>
      callMutation('uploadSandboxFile', 'sandboxes.uploadFile', key, input, (options) =>
        client.sandboxes.uploadFile(input, { ...options, signal: cancellationSignal() }),
      ),

    listTools: (_input: Record<string, never>): Promise<Tool[]> =>
      callResource(
        'tools.list',
        () => client.call('tools.list', {}, { signal: cancellationSignal(), timeoutMs: remainingTimeMs() }),
        FEWER_TOOLS_HINT,
        { isRead: true },
      ),
    /**
     * Calls a tool of Duvo's hosted MCP server, in one MCP session per attempt. A tool may run for minutes. A
     * cancellation aborts the request and notifies Duvo, since waiting for the response would mean waiting for the tool.
     */
    callTool: ({ key, ...call }: Keyed<CallToolInput>): Promise<ToolResult> =>
      callMutation(
        'callTool',
        'tools.call',
        key,
        call,
        (options) =>
          client.tools.call(call, { ...options, signal: cancellationSignal(), timeoutMs: remainingTimeMs() }),
        SMALLER_RESULT_HINT,
      ),
  } satisfies Record<ResourceActivityName, unknown>;
}

/**
 * Returns the time that is left for this attempt, in milliseconds: a little less than Temporal allows, so that the
 * attempt ends with a failure that names what it waited for.
 */
function remainingTimeMs(): number | undefined {
  const { startToCloseTimeoutMs: attemptTimeoutMs, scheduleToCloseTimeoutMs: totalTimeoutMs } = Context.current().info;
  const limits = [attemptTimeoutMs, totalTimeoutMs && totalTimeoutMs - activityAgeMs()].filter((limit) => limit > 0);
  if (limits.length === 0) return undefined;
  const remainingMs = Math.min(...limits);
  return Math.max(1, Math.min(Math.floor(remainingMs - Math.min(2_000, remainingMs / 10)), MAX_TIMER_MS));
}
