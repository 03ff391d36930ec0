/** Reads the lists of what the workers may read as the source of a batch. */
import { isIP } from 'node:net';
import { delimiter, isAbsolute } from 'node:path';
import { z } from 'zod';

const HOST_NAME = /^(\*\.)?[a-z\d_]([a-z\d_-]*[a-z\d_])?(\.[a-z\d_]([a-z\d_-]*[a-z\d_])?)*(:\d{1,5})?$/i;

/** Absolute paths, separated as in PATH. */
export const sourceRoots = z
  .string()
  .transform((value) => split(value, delimiter))
  .refine((paths) => paths.every(isAbsolute), {
    error: `must be absolute paths, separated by '${delimiter}'`,
  });

/** Host names, addresses and ranges of addresses, separated by commas or spaces. */
export const sourceHosts = z
  .string()
  .transform((value) => split(value, /[\s,]+/))
  .refine(
    (entries) => entries.every((entry) => isAddressOrRange(entry) || (!/^[\d.:]+$/.test(entry) && isName(entry))),
    {
      error:
        'must be names (files.example.com, *.example.com, files.example.com:8443), addresses or ranges (10.1.0.0/16), separated by commas',
    },
  );

function split(value: string, separator: string | RegExp): string[] {
  return value
    .split(separator)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

const isName = (entry: string): boolean => HOST_NAME.test(entry);

function isAddressOrRange(entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}
