/** Reads ML-DSA keys in every form that files have, signs with them and prints what came of it; run by Bun in a test. */
import { createCipheriv, pbkdf2Sync } from 'crypto';
import { issueMlDsa, MlDsaParameterSet } from './ml-dsa';
import { verifySignature } from '../../src/create-session/algorithms';
import { fileIdentitySource } from '../../src/credentials/identity-files';
import { contextTag, encodeElement, Tag } from '../../src/x509';

const sequence = (...parts: Uint8Array[]) => encodeElement(Tag.SEQUENCE, ...parts);
const octets = (content: Uint8Array) => encodeElement(Tag.OCTET_STRING, content);
const oid = (hex: string) => encodeElement(Tag.OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
const VERSION = Uint8Array.of(2, 1, 0);

/** What came of each form: `signs`, or the code of the error. */
export type MlDsaOutcomes = Readonly<Record<'seed' | 'seed and expanded key' | 'encrypted' | 'PKCS#12' | 'expanded key', string>>;

async function outcomes(parameterSet: MlDsaParameterSet): Promise<MlDsaOutcomes> {
  const { certificate, pkcs8 } = await issueMlDsa(parameterSet);
  // The seed is the last of what Bun exports. Only seeds are read, so that any octets do for the expanded key.
  const seed = pkcs8.subarray(pkcs8.length - 32);
  const algorithm = pkcs8.subarray(5, 18);
  const expanded = octets(new Uint8Array(4000));
  const key = (content: Uint8Array) => sequence(VERSION, algorithm, octets(content));
  const both = key(sequence(octets(seed), expanded));
  return {
    'seed': await outcome(certificate.raw, pkcs8),
    'seed and expanded key': await outcome(certificate.raw, both),
    'encrypted': await outcome(certificate.raw, encrypted(both)),
    'PKCS#12': await outcome(pkcs12(certificate.raw, both)),
    'expanded key': await outcome(certificate.raw, key(expanded)),
  };
}

async function outcome(certificate: Uint8Array, privateKey?: Uint8Array): Promise<string> {
  const host = { readFile: async (path: string) => (path === 'certificate' ? certificate : privateKey!) };
  const files = { certificate: 'certificate', privateKey: privateKey === undefined ? 'certificate' : 'key' };
  try {
    const identity = await fileIdentitySource(host, files, async () => 'secret').read();
    const message = new TextEncoder().encode('message');
    return await verifySignature(identity.certificate, message, await identity.signer.sign(message)) ? 'signs' : 'is another key';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** PBES2 with AES-256-CBC and PBKDF2 with SHA-1. */
function encrypted(plain: Uint8Array): Uint8Array {
  const vector = new Uint8Array(16);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync('secret', 'saltsalt', 1, 32, 'sha1'), vector);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const derivation = sequence(oid('2a864886f70d01050c'), sequence(octets(Buffer.from('saltsalt')), Uint8Array.of(2, 1, 1)));
  return sequence(sequence(oid('2a864886f70d01050d'), sequence(derivation, sequence(oid('60864801650304012a'), octets(vector)))), octets(ciphertext));
}

/** A file that is not protected, and whose key and certificate belong together by nothing but the public key. */
function pkcs12(certificate: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const data = (content: Uint8Array) => sequence(oid('2a864886f70d010701'), encodeElement(contextTag(0), octets(content)));
  const certificateBag = sequence(oid('2a864886f70d01091601'), encodeElement(contextTag(0), octets(certificate)));
  const bags = sequence(
    sequence(oid('2a864886f70d010c0a0103'), encodeElement(contextTag(0), certificateBag)),
    sequence(oid('2a864886f70d010c0a0101'), encodeElement(contextTag(0), privateKey)));
  return sequence(Uint8Array.of(2, 1, 3), data(sequence(data(bags))));
}

if (process.argv[2] === 'run') {
  void Promise.all((['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).map(outcomes))
    .then((results) => console.log(JSON.stringify(results)));
}
