/**
 * Has a program of the user's own make the signature: for keys in a TPM, in Vault, in a cloud's key service or in a keychain.
 *
 * The program gets the message on standard input, and in its environment what is asked of it:
 *
 * - `ROLES_ANYWHERE_SIGN_ALGORITHM`: `RSASSA-PKCS1-v1_5`, `ECDSA` or the parameter set of ML-DSA
 * - `ROLES_ANYWHERE_SIGN_HASH`: `SHA-256` (with ML-DSA it is empty: the message itself is signed)
 * - `ROLES_ANYWHERE_SIGN_DIGEST`: the message's hash in hexadecimal, for what signs digests
 *
 * It writes the signature to standard output, as it is or in base64 or hexadecimal; an ECDSA signature may be in ASN.1 DER or r || s.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { MessageHash, MessageSigner, signingAlgorithmOf, verifySignature } from '../../src/create-session/algorithms';
import { ecdsaSignatureToDer } from '../../src/create-session/ecdsa-signature';
import { oneLine } from '../../src/credentials/errors';
import type { Host } from '../../src/credentials/host';
import type { IdentitySource } from '../../src/credentials/identity';
import { readPublicIdentity } from '../../src/credentials/identity-files';
import { Certificate } from '../../src/x509';
import { SignerError } from '../errors';

/** How long the program may take, in milliseconds: people may have to touch a key. */
const TIMEOUT = 60_000;

/** No signature is longer: ML-DSA-87 has 4,627 octets, twice that in hexadecimal. */
const MAX_OUTPUT = 64 * 1024;

const HASHES: Readonly<Record<MessageHash, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** An identity whose key only a program can use. */
export function signCommandSource(
  host: Pick<Host, 'readFile'>, command: string, files: { readonly certificate: string; readonly intermediates?: string },
): IdentitySource {
  const words = splitWords(command);
  return {
    read: async () => {
      const { certificate, chain } = await readPublicIdentity(host, files);
      return {
        certificate, chain, certificateSource: files.certificate, keySource: `--sign-command ${words[0]}`, signer: commandSigner(words, certificate),
      };
    },
    close: async () => undefined,
  };
}

/**
 * Splits a command into words: blanks separate, quotes keep together, a backslash takes the next character as it is (but for Windows, whose
 * paths are full of them). No shell is involved.
 *
 * @throws SignerError `USAGE`
 */
export function splitWords(command: string, platform: string = process.platform): [string, ...string[]] {
  const pattern = platform === 'win32' ? /"([^"]*)"|'([^']*)'|([^\s"']+)/g : /"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)/g;
  const words: string[] = [];
  let end = -1;
  for (const match of command.matchAll(pattern)) {
    const [whole, double, single, bare] = match;
    const text = single ?? (platform === 'win32' ? double ?? bare : (double ?? bare).replace(/\\(.)/g, '$1'));
    if (match.index === end) {
      words[words.length - 1] += text;
    } else {
      words.push(text);
    }
    end = match.index + whole.length;
  }
  const rest = command.replace(pattern, '').trim();
  if (words.length === 0 || rest !== '') {
    throw new SignerError('USAGE', `--sign-command ${rest === '' ? 'is empty' : 'has a quote that is not closed'}`);
  }
  return words as [string, ...string[]];
}

function commandSigner(words: readonly [string, ...string[]], certificate: Certificate): MessageSigner {
  const algorithm = signingAlgorithmOf(certificate.publicKey);
  return {
    sign: async (message, hash = 'SHA-256') => {
      const isMlDsa = algorithm.signatureParameters.hash === undefined;
      const output = await run(words, message, {
        ROLES_ANYWHERE_SIGN_ALGORITHM: algorithm.signatureParameters.name,
        ROLES_ANYWHERE_SIGN_HASH: isMlDsa ? '' : hash,
        ROLES_ANYWHERE_SIGN_DIGEST: createHash(HASHES[hash]).update(message).digest('hex'),
      });
      return pickSignature(output, certificate, message, hash, words[0]);
    },
  };
}

function run(words: readonly [string, ...string[]], message: Uint8Array, variables: Readonly<Record<string, string>>): Promise<Buffer> {
  const [program, ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...variables }, stdio: ['pipe', 'pipe', 'pipe'], timeout: TIMEOUT, windowsHide: true });
    const output: Buffer[] = [];
    let said = '';
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      output.push(chunk);
      if (length > MAX_OUTPUT) {
        child.kill();
      }
    });
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-500)));
    child.on('error', (error: NodeJS.ErrnoException) => reject(failed(program, `cannot be started (${error.code ?? error.message})`)));
    // A program that takes the digest from its environment need not read its input.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    child.on('close', (code, signal) => {
      if (code === 0 && length <= MAX_OUTPUT) {
        resolve(Buffer.concat(output));
        return;
      }
      const how = length > MAX_OUTPUT ? `wrote more than ${MAX_OUTPUT} bytes` : signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      reject(failed(program, `${how}${said.trim() === '' ? '' : `, saying: ${oneLine(said, 300)}`}`));
    });
    child.stdin.end(message);
  });
}

/** Whichever way the program wrote it, the right signature is the one that verifies. */
async function pickSignature(
  output: Uint8Array, certificate: Certificate, message: Uint8Array, hash: MessageHash, program: string,
): Promise<Uint8Array> {
  if (output.length === 0) {
    throw failed(program, 'wrote no signature to standard output');
  }
  const candidates = [output, ...textCandidates(output)].flatMap((bytes) => [bytes, ...asDer(bytes, certificate)]);
  for (const candidate of candidates) {
    if (await verifies(certificate, message, candidate, hash)) {
      return candidate;
    }
  }
  throw failed(program, `wrote ${output.length} bytes that are no signature over the message by the key of the certificate `
    + oneLine(certificate.subject.toString(), 200));
}

function textCandidates(output: Uint8Array): Uint8Array[] {
  // Vault writes "vault:v1:<base64>".
  const text = new TextDecoder('latin1').decode(output).replace(/\s/g, '').replace(/^vault:v\d+:/, '');
  return [
    ...(/^(?:[0-9a-f]{2})+$/i.test(text) ? [new Uint8Array(Buffer.from(text, 'hex'))] : []),
    ...(/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? [new Uint8Array(Buffer.from(text, 'base64'))] : []),
  ];
}

const COORDINATES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

function asDer(bytes: Uint8Array, { publicKey }: Certificate): Uint8Array[] {
  const length = publicKey.kind === 'EC' ? COORDINATES[publicKey.curve] : undefined;
  return length !== undefined && bytes.length === 2 * length && bytes.some((octet) => octet !== 0) ? [ecdsaSignatureToDer(bytes, length)] : [];
}

async function verifies(certificate: Certificate, message: Uint8Array, signature: Uint8Array, hash: MessageHash): Promise<boolean> {
  try {
    return await verifySignature(certificate, message, signature, hash);
  } catch (error) {
    // Bytes that have not even the form of a signature are a candidate the less.
    if ((error as { code?: string }).code === 'BAD_SIGNATURE_ENCODING') {
      return false;
    }
    throw error;
  }
}

function failed(program: string, what: string): SignerError {
  return new SignerError('SIGN_COMMAND_FAILED', `the --sign-command ${oneLine(program, 200)} ${what}`);
}
