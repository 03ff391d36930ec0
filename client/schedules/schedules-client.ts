import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError, ScheduleNotFoundError } from '../errors';
import { applyScheduleFile, type ApplyOptions, diffScheduleFile, type ScheduleChange } from './schedule-file';
import { checkDefinition, checkScheduleId, checkOverlap } from './check-definition';
import type { OverlapPolicy, ScheduleDefinition, ScheduleFile } from './schedule-definition';
import { checkReadable, toScheduleInfo, SCHEDULE_MEMO_KEY, type ScheduleInfo } from './schedule-info';
import { diffSchedule } from './diff-schedule';
import { mergeDefinition, type ScheduleUpdate } from './merge-definition';
import { scheduleReader } from '../../temporal/memo-reader';
import type { TaskQueueOptions } from '../temporal/start-options';
import { checkTimesCome, MAX_PREVIEWED_TIMES, previewTimes } from './preview-times';
import { updateSchedule } from './update-schedule';
import { createSchedule, toReplacement } from './create-schedule';
import { toTemporalOverlap } from './to-temporal-schedule';
import { triggerAndWait, type TriggerOutcome } from './trigger-schedule';

export interface ListSchedulesOptions {
  /** Only schedules of this group. */
  group?: string;
  /** Only schedules that start runs of this agent. */
  agentId?: string;
  /** Also schedules that this library did not make. @default false */
  all?: boolean;
}

/**
 * Schedules of agent runs, batches and users' own workflows. They are Temporal's schedules: Temporal's server starts the
 * workflows, and no process of this package has to run for that.
 */
export class SchedulesClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Creates a schedule. Each start is a new workflow with the id `duvo-schedule-<id>-<time>`.
   *
   * @throws InvalidInputError, also when the times never come, as on 31 February
   * @throws ScheduleConflictError when the id is in use
   */
  async create(id: string, definition: ScheduleDefinition, { group }: { group?: string } = {}): Promise<ScheduleInfo> {
    checkScheduleId(id);
    const checked = checkDefinition(definition, '', this.options);
    await mapRefusedInput(checkTimesCome(this.client, checked));
    await createSchedule(this.client, id, { ...checked, group });
    return this.show(id);
  }

  /**
   * Returns the next times at which a schedule would start, without creating it: at most 10; none when its end has passed.
   *
   * @throws InvalidInputError, also for times that never come
   */
  async preview(definition: ScheduleDefinition, { count = 5 }: { count?: number } = {}): Promise<string[]> {
    const checked = checkDefinition(definition, '', this.options);
    const { remainingActions } = checked.definition;
    const options = { remainingActions, count: Math.min(count, MAX_PREVIEWED_TIMES) };
    const next = await mapRefusedInput(previewTimes(this.client, checked.plan, options));
    if (next.length === 0) await checkTimesCome(this.client, checked);
    return next;
  }

  /** Lists the schedules, as visibility shows them (within a second or two). */
  async *list({ group, agentId, all = false }: ListSchedulesOptions = {}): AsyncGenerator<ScheduleInfo> {
    for await (const { scheduleId, memo } of scheduleReader(this.client).list()) {
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

  /** Reads a schedule. @throws ScheduleNotFoundError */
  async show(id: string): Promise<ScheduleInfo> {
    return toScheduleInfo(await this.fetchDescription(id));
  }

  /** Pauses a schedule. Workflows that it has started continue. @throws ScheduleNotFoundError */
  pause(id: string, { note = 'paused through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return mapNotFound(id, this.handle(id).pause(note));
  }

  /** Resumes a paused schedule. @throws ScheduleNotFoundError */
  resume(id: string, { note = 'resumed through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return mapNotFound(id, this.handle(id).unpause(note));
  }

  /**
   * Starts the schedule's workflow now, also while the schedule is paused, and returns the outcome.
   *
   * @param overlap the policy when the former workflow still runs @default the schedule's own policy
   * @throws ScheduleNotFoundError, InvalidInputError; WaitTimeoutError when the server does not report the outcome
   */
  async trigger(id: string, { overlap }: { overlap?: OverlapPolicy } = {}): Promise<TriggerOutcome> {
    checkOverlap(overlap);
    return mapNotFound(id, triggerAndWait(this.handle(id), overlap && toTemporalOverlap(overlap)));
  }

  /**
   * Makes up for the starts of a period in the past, both ends included.
   *
   * @param overlap @default 'buffer-all', which makes all starts, one after the other
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
   * Changes the given fields; `null` removes a field. A new action replaces the former action, and a new `cron`, `every` or
   * `calendars` replaces all three. Concurrent changes of others are kept.
   *
   * @throws ScheduleNotFoundError, InvalidInputError; ScheduleConflictError when this library did not make the schedule, or
   * when this client cannot decode it
   */
  async update(id: string, change: ScheduleUpdate): Promise<ScheduleInfo> {
    let latest = await this.fetchDescription(id);
    checkReadable(latest);
    const { isOwn, definition: former } = toScheduleInfo(latest);
    if (isOwn && TIME_FIELDS.some((field) => change[field] !== undefined)) {
      const checked = checkDefinition(mergeDefinition(former, change), '', this.options);
      await mapRefusedInput(checkTimesCome(this.client, checked));
    }
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

  /** Deletes a schedule. Workflows that it has started continue. @throws ScheduleNotFoundError */
  delete(id: string): Promise<void> {
    return mapNotFound(id, this.handle(id).delete());
  }

  /**
   * Returns the changes that {@link apply} would make.
   *
   * @throws InvalidInputError; ScheduleConflictError when an id belongs to a schedule of another group or of another tool
   */
  diff(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return diffScheduleFile(this.client, file, options, this.options);
  }

  /**
   * Creates, changes and deletes schedules so that they match a file, and returns the changes. The call can be repeated,
   * also after an interruption. A schedule stays paused or active unless the file has `paused`.
   *
   * @throws as {@link diff}
   */
  apply(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return mapRefusedInput(applyScheduleFile(this.client, file, options, this.options));
  }

  private handle(id: string) {
    return scheduleReader(this.client).getHandle(id);
  }

  private fetchDescription(id: string): Promise<ScheduleDescription> {
    return mapNotFound(id, this.handle(id).describe());
  }
}

/** Fields that decide when a schedule starts something, except its end. */
const TIME_FIELDS = ['cron', 'every', 'calendars', 'skip', 'start'] as const;

const NOT_OWNED_PROBLEM = 'was not made by this library: change it with the tool that made it';

async function mapNotFound<T>(id: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw (error as Error).name === 'ScheduleNotFoundError' ? new ScheduleNotFoundError(id) : error;
  }
}

/** Converts the SDK's error for times that the server refuses, such as those in a time zone that it does not know. */
async function mapRefusedInput<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TypeError) throw new InvalidInputError('schedule', `is refused by Temporal: ${error.message}`);
    throw error;
  }
}
