/** Makes self-signed ML-DSA certificates with WebCrypto, for runtimes that have it; @peculiar/x509 has no such keys. */
import { encodeElement, readCertificate, Tag } from '../../src/x509';

/** Last arc of the identifiers under 2.16.840.1.101.3.4.3 (RFC 9881). */
const ARCS = { 'ML-DSA-44': 0x11, 'ML-DSA-65': 0x12, 'ML-DSA-87': 0x13 } as const;

/** The parameter sets of FIPS 204. */
export type MlDsaParameterSet = keyof typeof ARCS;

const ascii = (text: string) => new TextEncoder().encode(text);

/** A certificate of 27 January 2026 to 2036 with subject and issuer CN=onprem-ml-dsa, and its key. */
export async function issueMlDsa(parameterSet: MlDsaParameterSet) {
  const keys = await crypto.subtle.generateKey({ name: parameterSet }, true, ['sign', 'verify']) as unknown as CryptoKeyPairLike;
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
  const algorithm = encodeElement(Tag.SEQUENCE,
    encodeElement(Tag.OBJECT_IDENTIFIER, Uint8Array.from([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, ARCS[parameterSet]])));
  const name = encodeElement(Tag.SEQUENCE, encodeElement(Tag.SET, encodeElement(Tag.SEQUENCE,
    encodeElement(Tag.OBJECT_IDENTIFIER, Uint8Array.from([0x55, 0x04, 0x03])), encodeElement(Tag.UTF8_STRING, ascii('onprem-ml-dsa')))));
  const tbs = encodeElement(Tag.SEQUENCE,
    encodeElement(0xa0, encodeElement(Tag.INTEGER, Uint8Array.of(2))),
    encodeElement(Tag.INTEGER, Uint8Array.of(0x12, 0x34)),
    algorithm, name,
    encodeElement(Tag.SEQUENCE, encodeElement(Tag.UTC_TIME, ascii('260127000000Z')), encodeElement(Tag.UTC_TIME, ascii('360127000000Z'))),
    name, spki);
  const signature = new Uint8Array(await crypto.subtle.sign({ name: parameterSet }, keys.privateKey, tbs));
  const der = encodeElement(Tag.SEQUENCE, tbs, algorithm, encodeElement(Tag.BIT_STRING, new Uint8Array(1), signature));
  return { certificate: readCertificate(der), pkcs8: new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey)) };
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
interface CryptoKeyPairLike {
  readonly publicKey: Key;
  readonly privateKey: Key;
}

/** Whether this runtime's WebCrypto has ML-DSA. */
export async function hasMlDsa(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey({ name: 'ML-DSA-44' }, true, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
