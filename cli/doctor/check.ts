/** The outcome of one check of `doctor`. */
export interface Check {
  /** What was checked, in a few words. */
  check: string;
  /** `skipped`: the check was not possible; `details` or another check gives the reason. */
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** The finding of the check. It never contains a key or the text of a person. */
  details: string;
  /** How to fix the problem; absent when nothing needs to be fixed. */
  fix?: string;
}

export const okCheck = (check: string, details: string): Check => ({ check, status: 'ok', details });
export const warningCheck = (check: string, details: string, fix: string): Check => ({
  check,
  status: 'warning',
  details,
  fix,
});
export const failedCheck = (check: string, details: string, fix: string): Check => ({
  check,
  status: 'failed',
  details,
  fix,
});
export const skippedCheck = (check: string, details: string): Check => ({ check, status: 'skipped', details });

export function errorMessage(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
