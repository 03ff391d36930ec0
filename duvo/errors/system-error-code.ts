/** The code of a system error: `ENOENT`. */
export function systemErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
