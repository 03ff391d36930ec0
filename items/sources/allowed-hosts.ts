import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { BatchSourceError } from '../errors/source-error';

/** Ranges that are not on the public internet: a name that leads there may be aimed at the worker's own network. */
const PRIVATE_RANGES =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 ' +
  '224.0.0.0/4 240.0.0.0/4 ::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 fc00::/7 fe80::/10 ff00::/8';

const PRIVATE_ADDRESSES = toBlockList(PRIVATE_RANGES.split(' '));

/**
 * The hosts that the workers may read from. An entry is a name (`files.example.com`), all names below one
 * (`*.example.com`), an address or a range (`10.1.0.0/16`); a name may have a port. A name must lead to public addresses,
 * or to addresses that are in the list, too.
 */
export class AllowedHosts {
  private readonly names: string[];
  private readonly addresses: BlockList;

  constructor(entries: readonly string[]) {
    const isAddress = (entry: string) => isIP(entry.split('/')[0] ?? '') !== 0;
    this.names = entries.filter((entry) => !isAddress(entry)).map((entry) => entry.toLowerCase());
    this.addresses = toBlockList(entries.filter(isAddress));
  }

  /** @throws BatchSourceError when the host of the URL is not allowed */
  check(name: string, url: URL): void {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const isAllowed = isIP(host)
      ? includes(this.addresses, host)
      : this.names.some((entry) => {
          const [pattern = '', patternPort = port] = entry.split(':');
          if (patternPort !== port) return false;
          return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
        });
    if (!isAllowed) throw hostError(name, `its host ${host} is not one that the worker may read from`);
  }

  /** Finds the addresses of a host when a connection to it is opened, and refuses one that is not allowed. */
  lookup(name: string): LookupFunction {
    return (host, options, callback) =>
      systemLookup(host, { ...options, all: true }, (error, found) => {
        const refused = found?.find(({ address }) => isPrivate(address) && !includes(this.addresses, address));
        const [first] = found ?? [];
        if (error) callback(error, '');
        else if (refused)
          callback(hostError(name, `its host ${host} has an address that is not public and not in the list`), '');
        else if (options.all) callback(null, found);
        else callback(null, first?.address ?? '', first?.family);
      });
  }
}

function hostError(name: string, problem: string): BatchSourceError {
  return new BatchSourceError(name, `${problem}: add it to DUVO_SOURCE_HOSTS of the worker`, undefined, 'unreadable');
}

const isPrivate = (address: string) => includes(PRIVATE_ADDRESSES, address);

function includes(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function toBlockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
