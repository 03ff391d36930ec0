import type { Client, ScheduleDescription, ScheduleUpdateOptions, WorkflowService } from '@temporalio/client';
import { ScheduleConflictError } from '../errors';

/** What is written in place of a schedule. */
export type Replacement = ScheduleUpdateOptions;

const MAX_ATTEMPTS = 8;
const WRITE_VISIBLE_TIMEOUT_MS = 5_000;

/**
 * Changes a schedule, but never what somebody else changes meanwhile: a pause must not be lost. The SDK's own update
 * overwrites whatever was written since it looked. With a conflict token the server refuses it instead, but one of today
 * does so without saying it. So it is looked at again after each write, until `change` finds nothing left to change.
 *
 * @param change what to write, from what is there; `undefined` when all is as wanted
 */
export async function updateSchedule(
  client: Client,
  id: string,
  change: (found: ScheduleDescription) => Replacement | undefined,
): Promise<void> {
  const withToken = schedulesWithConflictToken(client);
  const handle = withToken.schedules.getHandle(id);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    let wasWritten = false;
    try {
      await handle.update((found) => {
        const replacement = change(found);
        if (!replacement) throw NOTHING_TO_CHANGE;
        wasWritten = true;
        return replacement;
      });
    } catch (error) {
      if (error === NOTHING_TO_CHANGE) return;
      if (!wasWritten || !isConflict(error)) throw error;
    }
    await withToken.waitForWrite(id);
  }
  throw new ScheduleConflictError(id, 'is being changed by others all the time: try again');
}

const NOTHING_TO_CHANGE = new Error('nothing is left to change');

/** The client's schedules, whose updates carry the conflict token of the description that they were made from. */
function schedulesWithConflictToken(client: Client) {
  const service = client.workflowService;
  let token: Uint8Array = new Uint8Array();
  const serviceWithToken = Object.create(service, {
    describeSchedule: {
      value: async (request: Parameters<WorkflowService['describeSchedule']>[0]) => {
        const response = await service.describeSchedule(request);
        token = response.conflictToken;
        return response;
      },
    },
    updateSchedule: {
      value: (request: Parameters<WorkflowService['updateSchedule']>[0]) =>
        service.updateSchedule({ ...request, conflictToken: token }),
    },
  }) as WorkflowService;
  const schedules = Object.create(client.schedule, {
    workflowService: { value: serviceWithToken },
  }) as Client['schedule'];
  return {
    schedules,
    /** Waits until the server has taken a write, ours or another: until the token is another one. */
    waitForWrite: async (id: string) => {
      const before = Buffer.from(token).toString('hex');
      for (const end = Date.now() + WRITE_VISIBLE_TIMEOUT_MS; Date.now() < end;) {
        await schedules.getHandle(id).describe();
        if (Buffer.from(token).toString('hex') !== before) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/** Of a server that says it: FAILED_PRECONDITION or ABORTED. */
function isConflict(error: unknown): boolean {
  const { code, cause } = error as { code?: number; cause?: { code?: number } };
  return [9, 10].includes(code ?? cause?.code ?? 0);
}
