/** Writes and reads the Authorization header of CreateSession. */
import { ALGORITHM_NAMES, AlgorithmName } from './algorithms';
import { byCodeUnit } from './canonical-request';
import { CreateSessionError } from './errors';
import { CredentialScope, formatScope, SCOPE_TERMINATOR, SERVICE } from './string-to-sign';

/** The header's content. */
export interface Authorization {
  readonly algorithm: AlgorithmName;
  /** Serial number of the end-entity certificate. */
  readonly serialNumber: bigint;
  readonly scope: CredentialScope;
  /** Lower-case names, sorted by code unit. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hexadecimal. */
  readonly signature: string;
}

// RFC 5280 4.1.2.2: at most 20 octets.
const MAX_SERIAL = 1n << 160n;

/**
 * A serial number as the header has it: decimal, of up to 160 bits.
 *
 * @throws CreateSessionError `SERIAL_OUT_OF_RANGE` for negative and for larger ones
 */
export function formatSerialNumber(serialNumber: bigint): string {
  if (serialNumber < 0n || serialNumber >= MAX_SERIAL) {
    throw new CreateSessionError('SERIAL_OUT_OF_RANGE', 'the serial number of the certificate is negative or larger than 160 bits');
  }
  return serialNumber.toString(10);
}

/**
 * Writes the header's value.
 *
 * @throws CreateSessionError `SERIAL_OUT_OF_RANGE`
 */
export function formatAuthorization(authorization: Authorization): string {
  const credential = `${formatSerialNumber(authorization.serialNumber)}/${formatScope(authorization.scope)}`;
  return `${authorization.algorithm} Credential=${credential}, SignedHeaders=${authorization.signedHeaders.join(';')}, `
    + `Signature=${authorization.signature}`;
}

const AUTHORIZATION = /^([A-Z0-9-]+) +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([^,\s]+)$/;
// 49 digits hold 160 bits; the bound also keeps a BigInt from being built of a megabyte of digits.
const CREDENTIAL = /^(0|[1-9][0-9]{0,48})\/([0-9]{8})\/([a-z0-9-]+)\/([^/]+)\/([^/]+)$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// An ML-DSA-87 signature has 4,627 bytes, an RSA 16384 one 2,048.
const SIGNATURE = /^(?:[0-9a-f]{2}){1,4700}$/;

/**
 * Reads the header's value, strictly: the three parts in their order, a decimal serial without leading zeros, names sorted and
 * each once, the signature in lower-case hexadecimal.
 *
 * @throws CreateSessionError `BAD_AUTHORIZATION`, or `BAD_SCOPE` where the scope is another service's
 */
export function parseAuthorization(value: string): Authorization {
  const match = AUTHORIZATION.exec(value.trim());
  if (!match) {
    throw bad('it is not of the form "algorithm Credential=..., SignedHeaders=..., Signature=..."');
  }
  const [, algorithm, credential, headers, signature] = match;
  if (!isAlgorithmName(algorithm)) {
    throw bad(`its algorithm is not one of ${ALGORITHM_NAMES.join(', ')}`);
  }
  if (!SIGNATURE.test(signature)) {
    throw bad('its Signature is not lower-case hexadecimal');
  }
  return { algorithm, ...parseCredential(credential), signedHeaders: parseSignedHeaders(headers), signature };
}

function isAlgorithmName(text: string): text is AlgorithmName {
  return (ALGORITHM_NAMES as readonly string[]).includes(text);
}

function parseCredential(credential: string): Pick<Authorization, 'serialNumber' | 'scope'> {
  const match = CREDENTIAL.exec(credential);
  if (!match || BigInt(match[1]) >= MAX_SERIAL) {
    throw bad('its Credential is not "decimal serial number/yyyymmdd/region/rolesanywhere/aws4_request"');
  }
  const [, serial, day, region, service, terminator] = match;
  if (service !== SERVICE || terminator !== SCOPE_TERMINATOR) {
    throw new CreateSessionError('BAD_SCOPE', `the credential scope ends with ${JSON.stringify(`${service}/${terminator}`.substring(0, 100))} `
      + `instead of "${SERVICE}/${SCOPE_TERMINATOR}"`);
  }
  return { serialNumber: BigInt(serial), scope: { day, region } };
}

function parseSignedHeaders(text: string): string[] {
  const names = text.split(';');
  if (!names.every((name) => HEADER_NAME.test(name))) {
    throw bad('its SignedHeaders are not lower-case header names joined with semicolons');
  }
  if (names.some((name, i) => i > 0 && byCodeUnit(names[i - 1], name) >= 0)) {
    throw bad('its SignedHeaders are not sorted by code unit, each once');
  }
  return names;
}

function bad(message: string): CreateSessionError {
  return new CreateSessionError('BAD_AUTHORIZATION', `the Authorization header cannot be read: ${message}`);
}
