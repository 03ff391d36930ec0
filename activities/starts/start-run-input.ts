import type { ExtraFields } from '../../duvo';

export interface StartRunInput {
  agentId: string;
  message?: string;
  sandboxId?: string;
  webhookUrl?: string;
  /** Dialect `v1` only. */
  extraFields?: ExtraFields;
  /** Names the start. Every attempt of the start, and every workflow that adopts its run, has the same key. */
  key: string;
}
