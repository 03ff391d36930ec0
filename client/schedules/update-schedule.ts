import type { Client, ScheduleDescription, ScheduleUpdateOptions, WorkflowService } from '@temporalio/client';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import { ScheduleConflictError } from '../errors';

/** The schedule to write in place of the current one. */
export type Replacement = ScheduleUpdateOptions;

const MAX_ATTEMPTS = 8;
const WRITE_VISIBLE_TIMEOUT_MS = 5_000;

/**
 * Changes a schedule without losing concurrent changes, such as a pause. The SDK's own update overwrites whatever was
 * written since its read. An update with a conflict token does not, but current servers drop it without an error. So the
 * schedule is read again after each write, until `change` returns `undefined`.
 *
 * @param change returns the schedule to write, or `undefined` when the current schedule needs no change
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
  throw new ScheduleConflictError(id, 'is changed by others at the same time: retry');
}

const NOTHING_TO_CHANGE = new Error('nothing is left to change');

/** Wraps the client's schedules: an update carries the conflict token of the last description. */
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
    /** Waits until the server has applied a write, this one or another: until the token has changed. */
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

/** Whether a server that reports conflicts has refused the update. */
function isConflict(error: unknown): boolean {
  const code = grpcCode(error);
  return code === GrpcCodes.FAILED_PRECONDITION || code === GrpcCodes.ABORTED;
}
