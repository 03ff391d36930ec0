import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError, ScheduleNotFoundError } from '../errors';
import { applyScheduleFile, type ApplyOptions, diffScheduleFile, type ScheduleChange } from './apply-schedule-file';
import { checkDefinition, checkScheduleId, checkOverlap } from './check-definition';
import type { OverlapPolicy, ScheduleDefinition, ScheduleFile } from './schedule-definition';
import { toScheduleInfo, SCHEDULE_MEMO_KEY, type ScheduleInfo } from './schedule-info';
import { diffSchedule } from './diff-schedule';
import { mergeDefinition, type ScheduleUpdate } from './merge-definition';
import type { TaskQueueOptions } from '../temporal/start-options';
import { MAX_PREVIEWED_TIMES, previewTimes } from './preview-times';
import { updateSchedule } from './update-schedule';
import { createSchedule, toReplacement } from './create-schedule';
import { toTemporalOverlap } from './to-temporal-schedule';
import { triggerAndWait, type TriggerOutcome } from './trigger-schedule';

export interface ListSchedulesOptions {
  /** Only those of this group. */
  group?: string;
  /** Only those that start runs of this agent. */
  agentId?: string;
  /** Also those that this library did not make. @default false */
  all?: boolean;
}

/** Schedules of agent runs, batches and users' workflows: Temporal's, which start without any of our processes. */
export class SchedulesClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Makes a schedule. What it starts has the workflow id `duvo-schedule-<id>-<time>`, and is a new run each time.
   *
   * @throws InvalidInputError; ScheduleConflictError when there is one of this id
   */
  async create(id: string, definition: ScheduleDefinition, { group }: { group?: string } = {}): Promise<ScheduleInfo> {
    checkScheduleId(id);
    await createSchedule(this.client, id, { ...checkDefinition(definition, '', this.options), group });
    return this.show(id);
  }

  /**
   * When it would start next, before it is made. At most 10 times; empty when it never would.
   *
   * @throws InvalidInputError
   */
  async preview(definition: ScheduleDefinition, { count = 5 }: { count?: number } = {}): Promise<string[]> {
    const { plan, definition: checked } = checkDefinition(definition, '', this.options);
    const { remainingActions } = checked;
    return mapRefusedInput(
      previewTimes(this.client, plan, { remainingActions, count: Math.min(count, MAX_PREVIEWED_TIMES) }),
    );
  }

  /** Lists the schedules, as visibility shows them (within a second or two). */
  async *list({ group, agentId, all = false }: ListSchedulesOptions = {}): AsyncGenerator<ScheduleInfo> {
    for await (const { scheduleId, memo } of this.client.schedule.list()) {
      if (!all && memo?.[SCHEDULE_MEMO_KEY] === undefined) continue;
      const info = await this.show(scheduleId).catch((error: unknown) => {
        // The schedule was deleted since the server listed it.
        if (error instanceof ScheduleNotFoundError) return undefined;
        throw error;
      });
      if (!info || (group !== undefined && info.group !== group)) continue;
      if (agentId === undefined || info.agentId === agentId) yield info;
    }
  }

  /** @throws ScheduleNotFoundError */
  async show(id: string): Promise<ScheduleInfo> {
    return toScheduleInfo(await this.fetchDescription(id));
  }

  /** Nothing is started until it is resumed; what runs goes on. @throws ScheduleNotFoundError */
  pause(id: string, { note = 'paused through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return mapNotFound(id, this.handle(id).pause(note));
  }

  /** @throws ScheduleNotFoundError */
  resume(id: string, { note = 'resumed through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return mapNotFound(id, this.handle(id).unpause(note));
  }

  /**
   * Starts it now, also while it is paused, and tells what came of it.
   *
   * @param overlap when what was started before is still running @default the schedule's own policy
   * @throws ScheduleNotFoundError, InvalidInputError; WaitTimeoutError when the server does not say what came of it
   */
  async trigger(id: string, { overlap }: { overlap?: OverlapPolicy } = {}): Promise<TriggerOutcome> {
    checkOverlap(overlap);
    return mapNotFound(id, triggerAndWait(this.handle(id), overlap && toTemporalOverlap(overlap)));
  }

  /**
   * Starts it for the times of a window of the past, both ends included, as if each were now.
   *
   * @param overlap @default 'buffer-all': all of them, one after the other
   * @throws ScheduleNotFoundError, InvalidInputError
   */
  async backfill(
    id: string,
    { from, to, overlap = 'buffer-all' }: { from: Date; to: Date; overlap?: OverlapPolicy },
  ): Promise<void> {
    checkOverlap(overlap);
    for (const [field, date] of Object.entries({ from, to }))
      if (Number.isNaN(date.getTime())) throw new InvalidInputError(field, 'must be a time');
    if (to < from) throw new InvalidInputError('to', 'is before from: give a later time');
    if (to.getTime() > Date.now()) throw new InvalidInputError('to', 'is in the future: give a time that has passed');
    await mapNotFound(id, this.handle(id).backfill({ start: from, end: to, overlap: toTemporalOverlap(overlap) }));
  }

  /**
   * Changes the fields that are given, `null` takes one away. Another action takes the place of the former, and so do
   * `cron`, `every` and `calendars` together. Changes that others make meanwhile are kept.
   *
   * @throws ScheduleNotFoundError, InvalidInputError; ScheduleConflictError when it is not of this library
   */
  async update(id: string, change: ScheduleUpdate): Promise<ScheduleInfo> {
    let latest = await this.fetchDescription(id);
    await mapRefusedInput(
      mapNotFound(
        id,
        updateSchedule(this.client, id, (current) => {
          latest = current;
          const { isOwn, definition: before } = toScheduleInfo(current);
          if (!isOwn) throw new ScheduleConflictError(id, NOT_OWNED_PROBLEM);
          const desired = checkDefinition(mergeDefinition(before, change), '', this.options);
          return diffSchedule(desired, current).length === 0 ? undefined : toReplacement(desired, current);
        }),
      ),
    );
    return toScheduleInfo(latest);
  }

  /** What was started goes on. @throws ScheduleNotFoundError */
  delete(id: string): Promise<void> {
    return mapNotFound(id, this.handle(id).delete());
  }

  /**
   * What {@link apply} would do.
   *
   * @throws InvalidInputError; ScheduleConflictError when an id is that of a schedule of another group, or of somebody else
   */
  diff(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return diffScheduleFile(this.client, file, options, this.options);
  }

  /**
   * Makes the schedules of a file true, and says what it did. Safe to run again, and after it was interrupted. Whether a
   * schedule is paused is left as it is unless the file says it.
   *
   * @throws as {@link diff}
   */
  apply(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return mapRefusedInput(applyScheduleFile(this.client, file, options, this.options));
  }

  private handle(id: string) {
    return this.client.schedule.getHandle(id);
  }

  private fetchDescription(id: string): Promise<ScheduleDescription> {
    return mapNotFound(id, this.handle(id).describe());
  }
}

const NOT_OWNED_PROBLEM = 'was not made by this library: change it with what made it';

async function mapNotFound<T>(id: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw (error as Error).name === 'ScheduleNotFoundError' ? new ScheduleNotFoundError(id) : error;
  }
}

/** What only the server finds wrong with the times, such as a time zone that it does not know. */
async function mapRefusedInput<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TypeError) throw new InvalidInputError('schedule', `is refused by Temporal: ${error.message}`);
    throw error;
  }
}
