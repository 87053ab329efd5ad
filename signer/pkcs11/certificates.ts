/** Finds certificates on tokens, and chooses the one that was meant. */
import { Attribute, ObjectClass } from './constants';
import { Template } from './library';
import { Pins } from './pins';
import { Token } from './token';
import { Tokens } from './tokens';
import { fitsObject, formatPkcs11Uri, Pkcs11Uri } from './uri';
import { Certificate, readCertificate, toHex, X509Error } from '../../src/x509';
import { SignerError } from '../errors';
import { CertificateSelector, certificateFits } from '../identity/certificate-selector';

/** The encoding of a certificate on a token. */
export interface Encoding {
  readonly der: Uint8Array;
  readonly id: Uint8Array;
  readonly label: string;
  readonly token: Token;
  /** URI that selects it. */
  readonly uri: string;
}

/** A certificate on a token. */
export interface FoundCertificate extends Encoding {
  readonly certificate: Certificate;
}

/** What a certificate has to fit. */
export interface CertificateSearch {
  /** Of the tokens and objects to look at. */
  readonly uri: Pkcs11Uri;
  readonly selector?: CertificateSelector;
  /** Those that may name a PIN, the most specific first. */
  readonly pinUris: readonly Pkcs11Uri[];
}

/** How many objects and tokens an error lists. */
const MAX_LISTED = 10;

/** The encodings of the certificates on a token that a URI fits, whether they can be read or not. */
export function encodingsOn(token: Token, uri: Pkcs11Uri): Encoding[] {
  const session = token.open();
  const template: Template = [
    [Attribute.CLASS, ObjectClass.CERTIFICATE],
    ...(uri.id === undefined ? [] : [[Attribute.ID, uri.id] as const]),
    ...(uri.object === undefined ? [] : [[Attribute.LABEL, new TextEncoder().encode(uri.object)] as const]),
  ];
  return session.find(template).flatMap((object) => {
    const attributes = session.attributes(object, [Attribute.VALUE, Attribute.ID, Attribute.LABEL]);
    const der = attributes.get(Attribute.VALUE) ?? new Uint8Array();
    const id = attributes.get(Attribute.ID) ?? new Uint8Array();
    const label = new TextDecoder().decode(attributes.get(Attribute.LABEL));
    // An empty value means that the certificate is to be fetched from elsewhere.
    return der.length > 0 && fitsObject(uri, { id, label }) ? [{ der, id, label, token, uri: objectUri(token, { id, label }, 'cert') }] : [];
  });
}

/** The certificates on a token that a URI fits, without those that cannot be read (attribute certificates, leftovers). */
export function certificatesOn(token: Token, uri: Pkcs11Uri): FoundCertificate[] {
  return encodingsOn(token, uri).flatMap((encoding) => {
    const certificate = readable(encoding.der);
    return certificate ? [{ ...encoding, certificate }] : [];
  });
}

function readable(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof X509Error) {
      return undefined;
    }
    throw error;
  }
}

/** The URI that selects an object on a token. */
export function objectUri(token: Token, { id, label }: { readonly id: Uint8Array; readonly label: string }, type: 'cert' | 'private'): string {
  return formatPkcs11Uri({
    ...token.uri,
    ...(id.length === 0 ? {} : { id }),
    ...(label === '' ? {} : { object: label }),
    type,
  });
}

/** The certificates that fit. */
export function findCertificates(tokens: Tokens, pins: Pins, { uri, selector, pinUris }: CertificateSearch): Promise<FoundCertificate[]> {
  return lookAndLogIn(tokens.fitting(uri), pins, pinUris, (token) => certificatesOn(token, uri)
    .filter(({ certificate }) => selector === undefined || certificateFits(certificate, selector)));
}

/**
 * Looks at tokens as they stand: most show certificates to everybody. Where nothing is found, and one token keeps some of what it has
 * to itself, it is logged in to and looked at again.
 */
export async function lookAndLogIn<Found>(
  candidates: readonly Token[], pins: Pins, pinUris: readonly Pkcs11Uri[], look: (token: Token) => Found[],
): Promise<Found[]> {
  const found = candidates.flatMap(look);
  const locked = found.length > 0 ? [] : candidates.filter((token) => token.isLocked);
  // With several, the PIN of one would be tried on the others.
  if (locked.length !== 1) {
    return found;
  }
  await locked[0].logIn(pins, pinUris);
  return look(locked[0]);
}

/** The places of one certificate; there is at least one. */
export type CertificatePlaces = readonly [FoundCertificate, ...FoundCertificate[]];

/**
 * Chooses the certificate that was meant. It may lie in several places, or be shown by several modules, and all are returned.
 *
 * @param what was looked for, for messages
 * @throws SignerError `IDENTITY_NOT_FOUND`, `IDENTITY_AMBIGUOUS`
 */
export function chooseCertificate(
  found: readonly FoundCertificate[], what: string, useLatestExpiring: boolean, tokens: Tokens,
): CertificatePlaces {
  // Roles Anywhere takes end-entity certificates only, so the CAs that lie on the same token were not meant.
  const hosts = found.filter(({ certificate }) => certificate.basicConstraints?.ca !== true);
  const [first, ...others] = placesOf(hosts).sort((a, b) => b[0].certificate.notAfter.getTime() - a[0].certificate.notAfter.getTime());
  if (first === undefined) {
    const why = found.length === 0 ? `no certificate fits ${what}` : `only certificates of CAs fit ${what}, and Roles Anywhere takes none of a CA`;
    throw new SignerError('IDENTITY_NOT_FOUND', `${why}; ${inventory(tokens)}`);
  }
  if (others.length > 0 && !useLatestExpiring) {
    const list = [first, ...others].slice(0, MAX_LISTED).map(([{ certificate, uri }]) => `${uri} (${describe(certificate)})`).join(', ');
    throw new SignerError('IDENTITY_AMBIGUOUS',
      `${others.length + 1} certificates fit ${what}; name one by its id or serial number, or add --use-latest-expiring-certificate: ${list}`);
  }
  return first;
}

function placesOf(found: readonly FoundCertificate[]): CertificatePlaces[] {
  const places = new Map<string, CertificatePlaces>();
  for (const one of found) {
    const key = toHex(one.certificate.raw);
    places.set(key, [...places.get(key) ?? [], one] as unknown as CertificatePlaces);
  }
  return [...places.values()];
}

function describe({ subject, serialNumberHex, notAfter }: Certificate): string {
  return `${subject.toString() || 'no subject'}, serial number ${serialNumberHex}, expires ${notAfter.toISOString().slice(0, 10)}`;
}

/** What there is instead of what was looked for. */
function inventory(tokens: Tokens): string {
  const all = tokens.fitting({});
  const list = [
    ...all.slice(0, MAX_LISTED).map((token) => `${token.name} with ${contentsOf(token)}`),
    ...tokens.badSlots.slice(0, MAX_LISTED).map(({ slot, reason }) => `slot ${slot}, which cannot be used (${reason})`),
  ];
  if (list.length === 0) {
    return 'the module has no token: is it plugged in, and is the right module given with --pkcs11-lib?';
  }
  const hint = all.some((token) => token.isLocked) ? '; a token that the URI names with "token=" is logged in to, and may show more' : '';
  return `there is ${list.join('; ')}${hint}`;
}

function contentsOf(token: Token): string {
  const found = certificatesOn(token, {});
  const unreadable = encodingsOn(token, {}).length - found.length;
  const hosts = found.filter(({ certificate }) => certificate.basicConstraints?.ca !== true);
  const cas = found.length - hosts.length;
  const parts = [
    ...hosts.slice(0, MAX_LISTED).map(({ certificate, id, label }) => `${formatPkcs11Uri(shortUri(token, id, label))} (${describe(certificate)})`),
    ...(hosts.length > MAX_LISTED ? [`${hosts.length - MAX_LISTED} more`] : []),
    ...(cas > 0 ? [`${cas} certificate${cas === 1 ? '' : 's'} of CAs`] : []),
    ...(unreadable > 0 ? [`${unreadable} that cannot be read`] : []),
  ];
  return parts.length === 0 ? 'no certificate' : parts.join(', ');
}

/** Long enough to be copied, short enough to be read. */
function shortUri(token: Token, id: Uint8Array, label: string): Pkcs11Uri {
  return { token: token.info.label, ...(id.length === 0 ? { object: label } : { id }) };
}
