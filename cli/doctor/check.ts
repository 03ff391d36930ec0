/** The outcome of one check of `doctor`. */
export interface Check {
  /** The checked thing. */
  check: string;
  /** `skipped`: the check was not possible; `details` or another check gives the reason. */
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What the check found. Never a key or a person's text. */
  details: string;
  /** The remedy; absent when none is needed. */
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
