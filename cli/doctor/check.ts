/** One line of the doctor's. */
export interface Check {
  /** What was looked at. */
  what: string;
  /** `skipped`: it could not be looked at, for a reason that another line gives, or that `found` gives. */
  verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. Never a key or anybody's text. */
  found: string;
  /** What to do about it; absent when all is well. */
  mend?: string;
}

export const ok = (what: string, found: string): Check => ({ what, verdict: 'ok', found });
export const warning = (what: string, found: string, mend: string): Check => ({
  what,
  verdict: 'warning',
  found,
  mend,
});
export const failed = (what: string, found: string, mend: string): Check => ({ what, verdict: 'failed', found, mend });
export const skipped = (what: string, found: string): Check => ({ what, verdict: 'skipped', found });

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
