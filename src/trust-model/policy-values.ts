// Reads the numbers, dates and IP addresses that IAM condition operators compare; undefined is the answer to whatever is not surely one of them.

/** An IP address as its bits: 32 or 128 times 0 or 1. */
export interface IpAddress {
  readonly bits: string;
}

/** A range of IP addresses: those of `length` bits that begin with `prefix`. */
export interface IpRange {
  readonly length: 32 | 128;
  readonly prefix: string;
}

const MOST_DIGITS = 15;

/**
 * Reads an integer or a decimal number of at most 15 digits, as many as a double keeps exactly.
 *
 * Source: IAM User Guide, "Numeric condition operators" (integer or decimal value). Exponents are not documented, so they are not read.
 */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) {
    return undefined;
  }
  const digits = text.replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > MOST_DIGITS ? undefined : Number(text);
}

/**
 * Reads a point in time, in milliseconds since 1970.
 *
 * Takes the W3C profile of ISO 8601 (`2030-01`, `2030-01-31`, `2030-01-31T12:00Z`, `2030-01-31T12:00:00.5+01:00`), where a date without a time
 * is its first moment in UTC, and epoch seconds. Four digits could be a year or seconds, and more than eleven would be milliseconds: neither is read.
 *
 * Source: IAM User Guide, "Date condition operators"; W3C NOTE-datetime.
 */
export function parseDate(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    return text.length === 4 || text.length > 11 ? undefined : Number(text) * 1000;
  }
  const match = /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:\d\d))?)?$/.exec(text);
  if (!match) {
    return undefined;
  }
  const [, year, month, day = '01', hour = '00', minute = '00', second = '00', zone = 'Z'] = match;
  const midnight = utcMidnight(Number(year), Number(month), Number(day));
  const offset = zoneOffsetMinutes(zone);
  if (midnight === undefined || offset === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) >= 60) {
    return undefined;
  }
  return midnight + (Number(hour) * 60 + Number(minute) - offset) * 60_000 + Number(second) * 1000;
}

function utcMidnight(year: number, month: number, day: number): number | undefined {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (year < 100) {
    return undefined;
  }
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : undefined;
}

function zoneOffsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') {
    return 0;
  }
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) {
    return undefined;
  }
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Reads an IPv4 address in dotted form or an IPv6 address (RFC 4291 section 2.2, without zone). */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bits = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return bits === undefined ? undefined : { bits };
}

/**
 * Reads a range in CIDR form, or a single IPv4 address. Bits behind the prefix are ignored.
 *
 * IAM documents /32 as the prefix of an address that has none. For IPv6 that would be a huge network, so an IPv6 address without prefix is not read.
 *
 * Source: IAM User Guide, "IP address condition operators".
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [addressText, prefixText, ...rest] = text.split('/');
  const address = parseIpAddress(addressText);
  if (!address || rest.length > 0) {
    return undefined;
  }
  const length = address.bits.length === 32 ? 32 : 128;
  const prefixLength = prefixText ?? (length === 32 ? '32' : 'none');
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixLength) || Number(prefixLength) > length) {
    return undefined;
  }
  return { length, prefix: address.bits.slice(0, Number(prefixLength)) };
}

/** Whether an address lies in a range. An IPv4 address lies in no IPv6 range and the other way round. */
export function ipRangeContains(range: IpRange, address: IpAddress): boolean {
  return address.bits.length === range.length && address.bits.startsWith(range.prefix);
}

function bitsOf(value: number, length: number): string {
  return value.toString(2).padStart(length, '0');
}

function parseIpv4(text: string): string | undefined {
  const octets = text.split('.');
  const valid = octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
  return valid ? octets.map((octet) => bitsOf(Number(octet), 8)).join('') : undefined;
}

function parseIpv6(text: string): string | undefined {
  const halves = text.split('::');
  if (halves.length > 2) {
    return undefined;
  }
  const compressed = halves.length === 2;
  const head = ipv6Bits(halves[0], !compressed);
  const tail = compressed ? ipv6Bits(halves[1], true) : '';
  if (head === undefined || tail === undefined) {
    return undefined;
  }
  const zeros = 128 - head.length - tail.length;
  // "::" stands for one group of zeros at least.
  return (compressed ? zeros >= 16 : zeros === 0) ? head + '0'.repeat(zeros) + tail : undefined;
}

function ipv6Bits(text: string, mayEndInIpv4: boolean): string | undefined {
  if (text === '') {
    return '';
  }
  const parts = text.split(':');
  let bits = '';
  for (const [index, part] of parts.entries()) {
    const group = /^[0-9a-f]{1,4}$/i.test(part) ? bitsOf(parseInt(part, 16), 16) : undefined;
    const next = group ?? (mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined);
    if (next === undefined) {
      return undefined;
    }
    bits += next;
  }
  return bits;
}
