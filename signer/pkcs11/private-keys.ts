/** Finds the private key that belongs to a certificate, proves that it does, and signs with it. */
import { randomBytes } from 'node:crypto';
import { objectUri } from './certificates';
import { Attribute, KeyType, Mechanism, ObjectClass } from './constants';
import { Template, ulongOf } from './library';
import { Pins } from './pins';
import { hasReturned } from './return-value-error';
import { Confirmation, Token } from './token';
import { Pkcs11Uri } from './uri';
import { describeKey, MessageHash, signingAlgorithmOf, verifySignature } from '../../src/create-session/algorithms';
import { CreateSessionError } from '../../src/create-session/errors';
import { CredentialsError } from '../../src/credentials/errors';
import { Certificate, encodeElement, PublicKeyKind, Tag } from '../../src/x509';
import { SignerError } from '../errors';

/** A private key on a token. */
export interface TokenKey {
  readonly token: Token;
  readonly handle: bigint;
  readonly id: Uint8Array;
  readonly label: string;
  readonly uri: string;
  /** Whether the token wants the user to confirm each signature. */
  readonly confirms: boolean;
}

/** What a key is looked for by. */
export interface KeySearch {
  readonly certificate: Certificate;
  /** Of the certificate on its token, where it is on one. */
  readonly certificateObject?: { readonly id: Uint8Array; readonly label: string };
  /** Where to look. */
  readonly tokens: readonly Token[];
  /** What was given for the key; undefined where it is to be found by the certificate. */
  readonly uri?: Pkcs11Uri;
  /** Those that may name a PIN, the most specific first. */
  readonly pinUris: readonly Pkcs11Uri[];
  /** For messages. */
  readonly certificateSource: string;
}

/** How many keys are tried on one certificate. */
const MAX_CANDIDATES = 32;

/** One row a kind of key: CKK_, and the mechanisms that sign a hash and a message. */
const KINDS = {
  RSA: {
    keyType: KeyType.RSA,
    ofHash: Mechanism.RSA_PKCS,
    ofMessage: { 'SHA-256': Mechanism.SHA256_RSA_PKCS, 'SHA-384': Mechanism.SHA384_RSA_PKCS, 'SHA-512': Mechanism.SHA512_RSA_PKCS },
    names: 'CKM_RSA_PKCS or CKM_SHA*_RSA_PKCS',
  },
  EC: {
    keyType: KeyType.EC,
    ofHash: Mechanism.ECDSA,
    ofMessage: { 'SHA-256': Mechanism.ECDSA_SHA256, 'SHA-384': Mechanism.ECDSA_SHA384, 'SHA-512': Mechanism.ECDSA_SHA512 },
    names: 'CKM_ECDSA or CKM_ECDSA_SHA*',
  },
} as const;

function kindOf(publicKey: PublicKeyKind): typeof KINDS[keyof typeof KINDS] {
  // Refuses what no signer takes, with its own message.
  signingAlgorithmOf(publicKey);
  if (publicKey.kind !== 'RSA' && publicKey.kind !== 'EC') {
    throw new CredentialsError('KEY_NOT_SUPPORTED',
      `${describeKey(publicKey)} keys on tokens are not supported, since tokens have them only from PKCS#11 3.2 on; keep such a key in a file, or use --sign-command`);
  }
  return KINDS[publicKey.kind];
}

/**
 * Finds the private key of a certificate. Keys are looked for as the tokens stand, and then after a login; what is found is tried
 * with a signature, unless the token would ask the user to confirm it.
 *
 * @throws SignerError `IDENTITY_NOT_FOUND`, `IDENTITY_AMBIGUOUS`, `PIN_WRONG`
 * @throws CredentialsError `KEY_NOT_SUPPORTED`, `KEY_CERTIFICATE_MISMATCH`
 */
export async function findKey(search: KeySearch, pins: Pins): Promise<TokenKey> {
  const { tokens, pinUris } = search;
  const visible = tokens.flatMap((token) => keysOn(token, search));
  if (visible.length > 0) {
    return fittingKey(visible, search, pins);
  }
  const locked = tokens.filter((token) => token.isLocked);
  if (locked.length > 1) {
    // The PIN of one would be tried on the others.
    throw new SignerError('IDENTITY_AMBIGUOUS',
      `the private key may be on ${locked.map(({ name }) => name).join(' or ')}; say on which with "token=" in the URI of --private-key`);
  }
  await locked[0]?.logIn(pins, pinUris);
  const shown = locked.flatMap((token) => keysOn(token, search));
  if (shown.length === 0) {
    throw notFound(search);
  }
  return fittingKey(shown, search, pins);
}

function notFound({ certificate, certificateObject, certificateSource, tokens, uri }: KeySearch): SignerError {
  const where = tokens.length === 0 ? 'there is no token that the URI of the private key fits'
    : `${tokens.map(({ name }) => name).join(', ')} ${tokens.length === 1 ? 'has' : 'have'} no ${describeKey(certificate.publicKey)} private key that may sign`;
  const by = tokens.length === 0 ? '' : uri?.id || uri?.object !== undefined ? ' with the id and label of its URI'
    : certificateObject ? ' with the id or label of the certificate' : '';
  return new SignerError('IDENTITY_NOT_FOUND',
    `the private key of the certificate ${certificateSource} was not found: ${where}${by}; name it with --private-key "pkcs11:..." ("pkcs11-tool --login --list-objects" lists keys)`);
}

/** The private keys on a token that may be the one. */
function keysOn(token: Token, search: KeySearch): TokenKey[] {
  const { keyType } = kindOf(search.certificate.publicKey);
  for (const template of templates(search)) {
    const found = token.open().find([[Attribute.CLASS, ObjectClass.PRIVATE_KEY], ...template]).slice(0, MAX_CANDIDATES)
      .flatMap((handle) => readKey(token, handle, keyType));
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}

/** Attributes to look for a key by, one set after the other. */
function templates({ uri, certificateObject }: KeySearch): Template[] {
  const byId = (id: Uint8Array): Template => [[Attribute.ID, id]];
  const byLabel = (label: string): Template => [[Attribute.LABEL, new TextEncoder().encode(label)]];
  if (uri?.id || uri?.object !== undefined) {
    return [[...(uri.id ? byId(uri.id) : []), ...(uri.object === undefined ? [] : byLabel(uri.object))]];
  }
  return [
    ...(certificateObject?.id.length ? [byId(certificateObject.id)] : []),
    ...(certificateObject?.label ? [byLabel(certificateObject.label)] : []),
    // Whatever there is: the test signature shows which one it is.
    [],
  ];
}

function readKey(token: Token, handle: bigint, keyType: bigint): TokenKey[] {
  const { KEY_TYPE, ID, LABEL, SIGN, ALWAYS_AUTHENTICATE } = Attribute;
  const attributes = token.open().attributes(handle, [KEY_TYPE, ID, LABEL, SIGN, ALWAYS_AUTHENTICATE]);
  const id = attributes.get(Attribute.ID) ?? new Uint8Array();
  const label = new TextDecoder().decode(attributes.get(Attribute.LABEL));
  const confirms = attributes.get(Attribute.ALWAYS_AUTHENTICATE)?.[0] === 1;
  const fits = ulongOf(attributes.get(Attribute.KEY_TYPE)) === keyType && attributes.get(Attribute.SIGN)?.[0] !== 0;
  return fits ? [{ token, handle, id, label, confirms, uri: objectUri(token, { id, label }, 'private') }] : [];
}

/** The one among the candidates whose signatures the certificate verifies. */
async function fittingKey(candidates: readonly TokenKey[], search: KeySearch, pins: Pins): Promise<TokenKey> {
  if (candidates.length === 1 && candidates[0].confirms) {
    // Its first signature is looked at instead; one for a test would have to be confirmed too.
    await logInForConfirmation(candidates[0], search, pins);
    return candidates[0];
  }
  const confirming = candidates.filter(({ confirms }) => confirms);
  for (const key of candidates.filter(({ confirms }) => !confirms)) {
    if (await belongs(key, search, pins)) {
      return key;
    }
  }
  if (confirming.length > 0) {
    throw new SignerError('IDENTITY_AMBIGUOUS',
      `${confirming.length} private keys may belong to ${search.certificateSource}; name one with --private-key: ${confirming.map(({ uri }) => uri).join(', ')}`);
  }
  throw mismatch(candidates, search.certificateSource);
}

/** A key that wants each signature confirmed wants a login before. */
async function logInForConfirmation({ token }: TokenKey, { pinUris }: KeySearch, pins: Pins): Promise<void> {
  if (token.isLocked) {
    await token.logIn(pins, pinUris);
  }
}

/** Whether the certificate verifies what the key signs. */
async function belongs(key: TokenKey, { certificate, pinUris }: KeySearch, pins: Pins): Promise<boolean> {
  const message = randomBytes(32);
  try {
    return await signAndVerify(key, certificate, message, 'SHA-256') !== undefined;
  } catch (error) {
    // The token shows the key to everybody, and lets only its user sign.
    if (!hasReturned(error, 'CKR_USER_NOT_LOGGED_IN') || !key.token.isLocked) {
      throw error;
    }
    await key.token.logIn(pins, pinUris);
    return await signAndVerify(key, certificate, message, 'SHA-256') !== undefined;
  }
}

/** Signs as {@link signWithKey}; undefined where the certificate does not verify the signature. */
export async function signAndVerify(
  key: TokenKey, certificate: Certificate, message: Uint8Array, hash: MessageHash, confirmation?: Confirmation,
): Promise<Uint8Array | undefined> {
  try {
    const signature = await signWithKey(key, certificate.publicKey, message, hash, confirmation);
    return await verifySignature(certificate, message, signature, hash) ? signature : undefined;
  } catch (error) {
    // The numbers in it have another length where the key is on another curve.
    if (error instanceof CreateSessionError && error.code === 'BAD_SIGNATURE_ENCODING') {
      return undefined;
    }
    throw error;
  }
}

/** @returns the error for keys that do not belong to the certificate */
export function mismatch(keys: ReadonlyArray<Pick<TokenKey, 'uri'>>, certificateSource: string): CredentialsError {
  return new CredentialsError('KEY_CERTIFICATE_MISMATCH',
    `${keys.map(({ uri }) => uri).join(', ')} ${keys.length === 1 ? 'does' : 'do'} not belong to the certificate ${certificateSource}; name the right key with --private-key`);
}

/**
 * Signs a message; the signature has the form of the wire.
 *
 * @param confirmation has to be there where the key wants one
 */
export async function signWithKey(
  key: TokenKey, publicKey: PublicKeyKind, message: Uint8Array, hash: MessageHash, confirmation?: Confirmation,
): Promise<Uint8Array> {
  const kind = kindOf(publicKey);
  const { toWire } = signingAlgorithmOf(publicKey);
  if (key.token.signsWith(kind.ofHash)) {
    const digest = new Uint8Array(await crypto.subtle.digest(hash, message as Uint8Array<ArrayBuffer>));
    return toWire(await key.token.sign(key.handle, kind.ofHash, prepareHash(publicKey, digest, hash), confirmation));
  }
  if (key.token.signsWith(kind.ofMessage[hash])) {
    return toWire(await key.token.sign(key.handle, kind.ofMessage[hash], message, confirmation));
  }
  throw new CredentialsError('KEY_NOT_SUPPORTED', `${key.token.name} does not sign with ${kind.names}, which ${describeKey(publicKey)} keys need`);
}

/** Octets that the numbers of a signature have on a curve: ECDSA takes no more of a hash. */
const ORDER_LENGTHS: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

/** Last arc of the identifiers under 2.16.840.1.101.3.4.2. */
const HASH_ARCS: Readonly<Record<MessageHash, number>> = { 'SHA-256': 1, 'SHA-384': 2, 'SHA-512': 3 };

/** What a token is given: for RSA the DigestInfo of PKCS#1 v1.5 (RFC 8017 section 9.2), for EC the leading octets that count. */
function prepareHash(publicKey: PublicKeyKind, digest: Uint8Array, hash: MessageHash): Uint8Array {
  if (publicKey.kind === 'EC') {
    // Some tokens refuse what is longer.
    return digest.subarray(0, ORDER_LENGTHS[publicKey.curve]);
  }
  const identifier = Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, HASH_ARCS[hash]);
  return encodeElement(Tag.SEQUENCE,
    encodeElement(Tag.SEQUENCE, encodeElement(Tag.OBJECT_IDENTIFIER, identifier), encodeElement(Tag.NULL)),
    encodeElement(Tag.OCTET_STRING, digest));
}
