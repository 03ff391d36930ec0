import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError, ScheduleNotFoundError } from '../errors';
import { applyFile, type ApplyOptions, differenceToFile, type ScheduleChange } from './apply';
import { checkDefinition, checkId, checkOverlap } from './check-definition';
import type { Overlap, ScheduleDefinition, ScheduleFile } from './definition';
import { describeSchedule, MARK, type ScheduleInfo } from './describe';
import { differenceOf } from './difference';
import { merged, type ScheduleUpdate } from './merge';
import type { PlanOptions } from './plan';
import { MOST_PREVIEWED, previewTimes } from './preview';
import { replaceSchedule } from './replace';
import { createSchedule, replacementOf } from './store';
import { toOverlap } from './to-temporal';
import { triggerOnce, type TriggerOutcome } from './trigger';

export interface ListSchedulesOptions {
  /** Only those of this group. */
  group?: string;
  /** Only those that start runs of this agent. */
  agentId?: string;
  /** Also those that this library did not make. @default false */
  all?: boolean;
}

/** Schedules of agent runs, batches and users' workflows: Temporal's, which start without any of our processes. */
export class DuvoSchedules {
  constructor(
    private readonly client: Client,
    private readonly options: PlanOptions = {},
  ) {}

  /**
   * Makes a schedule. What it starts has the workflow id `duvo-schedule-<id>-<time>`, and is a new run each time.
   *
   * @throws InvalidInputError; ScheduleConflictError when there is one of this id
   */
  async create(id: string, definition: ScheduleDefinition, { group }: { group?: string } = {}): Promise<ScheduleInfo> {
    checkId(id);
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
    return refusals(previewTimes(this.client, plan, { remainingActions, count: Math.min(count, MOST_PREVIEWED) }));
  }

  /** The schedules by their ids, as visibility shows them (within a second or two). */
  async list({ group, agentId, all = false }: ListSchedulesOptions = {}): Promise<ScheduleInfo[]> {
    const found: ScheduleInfo[] = [];
    for await (const { scheduleId, memo } of this.client.schedule.list()) {
      if (!all && memo?.[MARK] === undefined) continue;
      const info = await this.show(scheduleId).catch((error: unknown) => {
        // Deleted meanwhile.
        if (error instanceof ScheduleNotFoundError) return undefined;
        throw error;
      });
      if (!info || (group !== undefined && info.group !== group)) continue;
      if (agentId === undefined || info.agentId === agentId) found.push(info);
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws ScheduleNotFoundError */
  async show(id: string): Promise<ScheduleInfo> {
    return describeSchedule(await this.described(id));
  }

  /** Nothing is started until it is resumed; what runs goes on. @throws ScheduleNotFoundError */
  pause(id: string, { note = 'paused through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return known(id, this.handle(id).pause(note));
  }

  /** @throws ScheduleNotFoundError */
  resume(id: string, { note = 'resumed through duvo-temporal' }: { note?: string } = {}): Promise<void> {
    return known(id, this.handle(id).unpause(note));
  }

  /**
   * Starts it now, also while it is paused, and tells what came of it.
   *
   * @param overlap when what was started before is still running @default the schedule's own policy
   * @throws ScheduleNotFoundError, InvalidInputError; WaitTimeoutError when the server does not say what came of it
   */
  async trigger(id: string, { overlap }: { overlap?: Overlap } = {}): Promise<TriggerOutcome> {
    checkOverlap(overlap);
    return known(id, triggerOnce(this.handle(id), overlap && toOverlap(overlap)));
  }

  /**
   * Starts it for the times of a window of the past, both ends included, as if each were now.
   *
   * @param overlap @default 'buffer-all': all of them, one after the other
   * @throws ScheduleNotFoundError, InvalidInputError
   */
  async backfill(
    id: string,
    { from, to, overlap = 'buffer-all' }: { from: Date; to: Date; overlap?: Overlap },
  ): Promise<void> {
    checkOverlap(overlap);
    for (const [field, date] of Object.entries({ from, to }))
      if (Number.isNaN(date.getTime())) throw new InvalidInputError(field, 'must be a time');
    if (to < from) throw new InvalidInputError('to', 'is before from: give a later time');
    if (to.getTime() > Date.now()) throw new InvalidInputError('to', 'is in the future: give a time that has passed');
    await known(id, this.handle(id).backfill({ start: from, end: to, overlap: toOverlap(overlap) }));
  }

  /**
   * Changes the fields that are given, `null` takes one away. Another action takes the place of the former, and so do
   * `cron`, `every` and `calendars` together. Changes that others make meanwhile are kept.
   *
   * @throws ScheduleNotFoundError, InvalidInputError; ScheduleConflictError when it is not of this library
   */
  async update(id: string, change: ScheduleUpdate): Promise<ScheduleInfo> {
    let found = await this.described(id);
    await refusals(
      known(
        id,
        replaceSchedule(this.client, id, (current) => {
          found = current;
          const { isOwn, definition: was } = describeSchedule(current);
          if (!isOwn) throw new ScheduleConflictError(id, NOT_OURS);
          const wanted = checkDefinition(merged(was, change), '', this.options);
          return differenceOf(wanted, current).length === 0 ? undefined : replacementOf(wanted, current);
        }),
      ),
    );
    return describeSchedule(found);
  }

  /** What was started goes on. @throws ScheduleNotFoundError */
  delete(id: string): Promise<void> {
    return known(id, this.handle(id).delete());
  }

  /**
   * What {@link apply} would do.
   *
   * @throws InvalidInputError; ScheduleConflictError when an id is that of a schedule of another group, or of somebody else
   */
  difference(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return differenceToFile(this.client, file, options, this.options);
  }

  /**
   * Makes the schedules of a file true, and says what it did. Safe to run again, and after it was interrupted. Whether a
   * schedule is paused is left as it is unless the file says it.
   *
   * @throws as {@link difference}
   */
  apply(file: ScheduleFile, options: ApplyOptions = {}): Promise<ScheduleChange[]> {
    return refusals(applyFile(this.client, file, options, this.options));
  }

  private handle(id: string) {
    return this.client.schedule.getHandle(id);
  }

  private described(id: string): Promise<ScheduleDescription> {
    return known(id, this.handle(id).describe());
  }
}

const NOT_OURS = 'was not made by this library: change it with what made it';

async function known<T>(id: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw (error as Error).name === 'ScheduleNotFoundError' ? new ScheduleNotFoundError(id) : error;
  }
}

/** What only the server finds wrong with the times, such as a time zone that it does not know. */
async function refusals<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TypeError) throw new InvalidInputError('schedule', `is refused by Temporal: ${error.message}`);
    throw error;
  }
}
