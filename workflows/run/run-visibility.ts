import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import type { RunStop } from '../../contract/runs';
import { openGatesFingerprint, setDetailsSection, setGatesSection, upsertOpenGates } from '../gates/gate-visibility';
import { toReadFault } from './run-faults';
import type { RunMemory } from './run-machine';

const AGENT_ID = defineSearchAttributeKey(SearchAttributes.agentId, 'KEYWORD');
const RUN_ID = defineSearchAttributeKey(SearchAttributes.runId, 'KEYWORD');

/** Limit of a search attribute's value on SQL databases. */
const MAX_SEARCHABLE_CHARS = 255;

/** What Temporal shows of a run: ids and open gates in search attributes, the rest in the memo and in the details. */
export class RunVisibility {
  private shownIds: string;
  private shownGates: string;
  private shownFault: string;
  private shownStop: string;
  private shownAttention: string;

  /** @param memory the state of a new run, or the state that continue-as-new carried and that is shown already */
  constructor(private readonly memory: RunMemory) {
    this.shownIds = idsFingerprint(memory);
    this.shownGates = openGatesFingerprint(memory);
    this.shownFault = faultFingerprint(memory);
    this.shownStop = stopFingerprint(memory);
    this.shownAttention = attentionFingerprint(memory);
  }

  /** Writes what has changed. Each write is an event in the history, except the details. No text of a person is written. */
  update(): void {
    this.setDetails();
    if (this.hasChanged('shownIds', idsFingerprint(this.memory))) upsertRunIds(this.memory);
    if (this.hasChanged('shownFault', faultFingerprint(this.memory)))
      upsertMemo({ [MemoKeys.fault]: toReadFault(this.memory) ?? null });
    if (this.hasChanged('shownStop', stopFingerprint(this.memory)))
      upsertMemo({ [MemoKeys.stopping]: this.memory.stopping?.waitsWhile ? this.memory.stopping : null });
    if (this.hasChanged('shownAttention', attentionFingerprint(this.memory)))
      upsertMemo({ [MemoKeys.needsAttention]: this.shownAttention === '' ? null : true });
    if (this.hasChanged('shownGates', openGatesFingerprint(this.memory))) upsertOpenGates(this.memory);
  }

  /** Whether the open gates differ from what was written last, for example by an answer that was counted. */
  get areGatesStale(): boolean {
    return this.shownGates !== openGatesFingerprint(this.memory);
  }

  private hasChanged(
    field: 'shownIds' | 'shownGates' | 'shownFault' | 'shownStop' | 'shownAttention',
    fingerprint: string,
  ): boolean {
    const hasChanged = this[field] !== fingerprint;
    this[field] = fingerprint;
    return hasChanged;
  }

  private setDetails(): void {
    const { runId, status, gates, stopping } = this.memory;
    const fault = toReadFault(this.memory);
    setDetailsSection('Duvo run', [
      `\`${runId ?? 'not started'}\`: ${status}`,
      ...(fault ? [`cannot be read since ${fault.since}: ${fault.type}`] : []),
      ...(stopping ? [formatStop(stopping)] : []),
    ]);
    if (gates.length > 0) setGatesSection(this.memory);
  }
}

/** Makes the run searchable by its ids. An id that is too long for a search attribute is left out. */
function upsertRunIds({ agentId, runId }: RunMemory): void {
  upsertSearchAttributes([
    ...(agentId ? [{ key: AGENT_ID, value: searchableOrNull(agentId) }] : []),
    { key: RUN_ID, value: searchableOrNull(runId) },
  ]);
}

/** Returns a text that changes whenever the ids of the run have become known. */
function idsFingerprint({ agentId, runId }: RunMemory): string {
  return runId ? `${agentId ?? ''} ${runId}` : '';
}

/** Returns a text that changes whenever people should see another fault. */
function faultFingerprint({ fault }: RunMemory): string {
  if (!fault) return '';
  const { sinceMs, last } = fault.faults;
  return `${sinceMs} ${last.type} ${last.status ?? ''}`;
}

/** Returns a text that changes whenever the stop waits for something else. */
function stopFingerprint({ stopping }: RunMemory): string {
  return stopping?.waitsWhile ?? '';
}

/** Returns a text that is empty unless the run waits for somebody to look at it in Duvo. */
function attentionFingerprint({ status }: RunMemory): string {
  return status === 'needs_attention' ? status : '';
}

function formatStop({ since, waitsWhile, until }: RunStop): string {
  const wait = waitsWhile
    ? `; Duvo ignores a stop while the run is ${waitsWhile}: waits until ${until} at the latest`
    : '';
  return `is being stopped since ${since}${wait}`;
}

function searchableOrNull(id: string | undefined): string | null {
  return id !== undefined && id.length <= MAX_SEARCHABLE_CHARS ? id : null;
}
