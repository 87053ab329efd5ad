/** The addresses that are listened on, and the names by which clients may call them. */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { SignerError } from '../errors';

const DEFAULT_ADDRESS = '127.0.0.1';

/** More than this is a mistake. */
const MAX_ADDRESSES = 32;

/**
 * Reads the addresses of `--listen`.
 *
 * @param values IPv4 and IPv6 addresses, the latter with or without brackets, and `localhost` for all that this host has of 127.0.0.1 and ::1
 * @param origin who gave them, for messages
 * @throws SignerError `USAGE`
 */
export function listenAddresses(values: readonly string[] | undefined, origin: string, hasIpv6Loopback: () => boolean = hasLoopback6): string[] {
  const addresses = new Set((values ?? [DEFAULT_ADDRESS]).flatMap((value) => {
    if (value.toLowerCase() === 'localhost') {
      return hasIpv6Loopback() ? [DEFAULT_ADDRESS, '::1'] : [DEFAULT_ADDRESS];
    }
    const address = value.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) === 0) {
      const hint = /^\d+$|:\d+$/.test(value) ? '; the port is given with --port' : '';
      throw new SignerError('USAGE', `${origin} takes IP addresses and localhost, not ${JSON.stringify(value.substring(0, 80))}${hint}`);
    }
    return [address.toLowerCase()];
  }));
  if (addresses.size === 0 || addresses.size > MAX_ADDRESSES) {
    throw new SignerError('USAGE', `${origin} takes 1 to ${MAX_ADDRESSES} addresses, not ${addresses.size}`);
  }
  return [...addresses];
}

function hasLoopback6(): boolean {
  return Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** An address as it stands in URLs. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * Knows by which names this server may be called. A page in a browser can have the name of its own host lead here (DNS rebinding), but it
 * cannot make the browser send another name than that one.
 */
export class HostNames {
  private readonly exact = new Set<string>();
  private readonly onlyLoopback: boolean;

  public constructor(listeners: ReadonlyArray<{ readonly host: string; readonly port: number }>) {
    this.onlyLoopback = listeners.every(({ host }) => isLoopback(host));
    for (const { host, port } of listeners) {
      for (const name of [urlHost(host), ...(isLoopback(host) ? ['localhost', '127.0.0.1', '[::1]'] : [])]) {
        this.exact.add(`${name}:${port}`);
        if (port === 80) {
          this.exact.add(name);
        }
      }
    }
  }

  /** Whether the value of a Host header names this server: by an address of its own or as localhost, with its port. */
  public has(header: string | undefined): boolean {
    return header !== undefined && (this.exact.has(header) || this.exact.has(header.toLowerCase()) || this.isOtherAddress(header));
  }

  /** Where others than this machine come in, ports and addresses may be translated on the way. A name is refused all the same. */
  private isOtherAddress(header: string): boolean {
    const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|localhost))(?::\d{1,5})?$/i.exec(header) ?? [];
    return !this.onlyLoopback && (isIP(bracketed ?? '') === 6 || isIP(plain ?? '') === 4 || plain?.toLowerCase() === 'localhost');
  }
}
