import { UsageError } from '../exit-codes';
import type { Output } from '../terminal/output';

/** Whether the person at the terminal says yes. @throws UsageError when nobody sits there, unless --yes is given */
export async function isConfirmed(message: string, { yes }: { yes?: boolean }, output: Output): Promise<boolean> {
  if (yes) return true;
  if (!output.isInteractive) throw new UsageError('give --yes: there is no terminal to ask on');
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message, default: false });
}
