/** Chooses certificates by subject, issuer and serial number, in the syntax of aws_signing_helper's `--cert-selector`. */
import { hasAttributes, parseDistinguishedName } from './distinguished-name-text';
import { readFile as readFileOf } from '../../src/credentials/identity-files';
import type { Certificate } from '../../src/x509';
import { SignerError } from '../errors';

/** What a certificate has to have; every member that is given has to fit. */
export interface CertificateSelector {
  /** Distinguished name as RFC 2253 writes it, most specific attribute first: `CN=onprem01,OU=SecOps,O=Example`. */
  readonly subject?: string;
  /** The same of the issuer. */
  readonly issuer?: string;
  readonly serialNumber?: bigint;
}

/** The keys, each with what its value means. */
const KEYS = {
  x509Subject: (subject: string): CertificateSelector => ({ subject: checkName(subject) }),
  x509Issuer: (issuer: string): CertificateSelector => ({ issuer: checkName(issuer) }),
  x509Serial: (serialNumber: string): CertificateSelector => ({ serialNumber: parseSerialNumber(serialNumber) }),
} as const;

const EXAMPLE = '"Key=x509Subject,Value=CN=onprem01,O=Example Key=x509Serial,Value=0a1b2c"';

const FILE = 'file://';

type Entry = readonly [key: string, value: string];

/**
 * Reads a selector: `Key=x509Subject,Value=... Key=x509Issuer,Value=... Key=x509Serial,Value=HEX`, or `file://PATH` of a JSON array of
 * objects with `Key` and `Value`.
 *
 * @throws SignerError `USAGE` where it is something else; CredentialsError `FILE_UNREADABLE`
 */
export async function parseCertificateSelector(text: string, readFile: (path: string) => Promise<Uint8Array>): Promise<CertificateSelector> {
  const entries = text.startsWith(FILE) ? await readEntries(text.slice(FILE.length), readFile) : splitEntries(text);
  return entries.reduce<CertificateSelector>((selector, [key, value], i) => {
    if (!Object.hasOwn(KEYS, key)) {
      throw new SignerError('USAGE', `a certificate selector has no key ${JSON.stringify(key)}; its keys are ${Object.keys(KEYS).join(', ')}`);
    }
    if (entries.findIndex(([other]) => other === key) !== i) {
      throw new SignerError('USAGE', `the certificate selector has the key ${key} twice`);
    }
    return { ...selector, ...KEYS[key as keyof typeof KEYS](value) };
  }, {});
}

/** Values have commas, blanks and equals signs in them, so a value ends where the next key begins. */
function splitEntries(text: string): Entry[] {
  const starts = [...text.matchAll(/(?:^|\s)\s*Key=([^,\s]*),Value=/g)];
  if (starts.length === 0 || starts[0].index !== 0) {
    throw new SignerError('USAGE', `a certificate selector is written like ${EXAMPLE}, or file://PATH`);
  }
  return starts.map((start, i) => [start[1], text.slice(start.index + start[0].length, starts[i + 1]?.index).trim()]);
}

async function readEntries(path: string, readFile: (path: string) => Promise<Uint8Array>): Promise<Entry[]> {
  const bytes = await readFileOf({ readFile }, path, 'certificate selector');
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    // Without the parser's own message, which quotes what may be a file of something else.
    throw new SignerError('USAGE', `the certificate selector ${path} is not JSON`, { cause: error });
  }
  if (!Array.isArray(entries) || entries.length === 0 || !entries.every(isEntry)) {
    throw new SignerError('USAGE', `the certificate selector ${path} should be like [{ "Key": "x509Subject", "Value": "CN=onprem01,O=Example" }]`);
  }
  return entries.map(({ Key, Value }) => [Key, Value.trim()]);
}

function isEntry(entry: unknown): entry is { readonly Key: string; readonly Value: string } {
  const { Key, Value } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  return typeof Key === 'string' && typeof Value === 'string';
}

function checkName(name: string): string {
  parseDistinguishedName(name);
  return name;
}

/** Hexadecimal, as programs print it: with or without colons, in any case. */
function parseSerialNumber(text: string): bigint {
  const digits = text.replace(/^0x/i, '').replace(/:/g, '');
  if (!/^[0-9a-f]+$/i.test(digits)) {
    throw new SignerError('USAGE', `x509Serial of a certificate selector is a number in hexadecimal, not ${JSON.stringify(text)}`);
  }
  return BigInt(`0x${digits}`);
}

/** Whether a certificate has what a selector wants. */
export function certificateFits(certificate: Pick<Certificate, 'subject' | 'issuer' | 'serialNumber'>, selector: CertificateSelector): boolean {
  const { subject, issuer, serialNumber } = selector;
  return (subject === undefined || hasAttributes(certificate.subject, parseDistinguishedName(subject)))
    && (issuer === undefined || hasAttributes(certificate.issuer, parseDistinguishedName(issuer)))
    && (serialNumber === undefined || certificate.serialNumber === serialNumber);
}
