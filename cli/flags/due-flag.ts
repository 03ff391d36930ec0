import { Option } from 'commander';
import { parseTime } from './list-flags';
import { parseDuration } from './parse-duration';

/** Creates a flag for a due time. Its text is kept unchanged: in the template of a batch, it may be a placeholder. */
export function dueFlag(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.argParser((text: string) => {
    const flag = option.long ?? flags;
    if (/^\d{4}-/.test(text)) parseTime(text, flag);
    // The workflow has the calendar, and checks a business duration.
    else if (!/\{\{|business/.test(text)) parseDuration(text, flag);
    return text;
  });
}
