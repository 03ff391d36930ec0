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

export const okCheck = (what: string, found: string): Check => ({ what, verdict: 'ok', found });
export const warningCheck = (what: string, found: string, mend: string): Check => ({
  what,
  verdict: 'warning',
  found,
  mend,
});
export const failedCheck = (what: string, found: string, mend: string): Check => ({
  what,
  verdict: 'failed',
  found,
  mend,
});
export const skippedCheck = (what: string, found: string): Check => ({ what, verdict: 'skipped', found });

export function errorMessage(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
