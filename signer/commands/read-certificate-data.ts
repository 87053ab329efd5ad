/** The command `read-certificate-data`: what a certificate file holds, or which certificates the tokens have. */
import { createHash } from 'node:crypto';
import { writeResult } from './output';
import { describeKey } from '../../src/create-session/algorithms';
import { CreateSessionError } from '../../src/create-session/errors';
import { readPublicIdentity } from '../../src/credentials/identity-files';
import { Certificate, readCertificate } from '../../src/x509';
import { SignerError } from '../errors';
import { certificateFits, parseCertificateSelector } from '../identity/certificate-selector';
import { withInlineFiles } from '../identity/inline-files';
import { passphrase, pin } from '../identity/secrets';
import type { Settings } from '../options/settings';
import type { TokenCertificate } from '../pkcs11/opener';
import type { Platform } from '../platform/platform';

/**
 * Prints a certificate file as JSON, and the certificates of tokens as a list.
 *
 * @throws SignerError, CredentialsError, CreateSessionError `KEY_NOT_SUPPORTED`
 */
export async function readCertificateData(platform: Platform, settings: Settings): Promise<void> {
  const path = settings.text('certificate');
  if (path !== undefined && settings.has('cert-selector')) {
    throw new SignerError('USAGE', 'give either --certificate or --cert-selector');
  }
  const isOnToken = path === undefined ? settings.has('cert-selector') || settings.has('pkcs11-lib') : /^pkcs11:/i.test(path);
  if (!isOnToken && path === undefined) {
    throw new SignerError('USAGE', '--certificate is missing; to list the certificates of tokens, give a pkcs11: URI or --pkcs11-lib');
  }
  const text = isOnToken ? await listTokens(platform, settings, path) : await describeFile(platform, settings, path!);
  await writeResult(platform, text, 'the data');
}

async function describeFile(platform: Platform, settings: Settings, path: string): Promise<string> {
  const { certificate } = await readPublicIdentity(withInlineFiles(platform), { certificate: path }, (what) => passphrase(platform, settings, what));
  return describeCertificate(certificate);
}

/** Members, order and missing line end are those of aws_signing_helper. */
function describeCertificate(certificate: Certificate): string {
  const { keyType, supportedAlgorithms } = describePublicKey(certificate.publicKey);
  return JSON.stringify({
    keyType,
    certificateData: Buffer.from(certificate.raw).toString('base64'),
    serialNumber: certificate.serialNumber.toString(),
    supportedAlgorithms,
  });
}

function describePublicKey(publicKey: Certificate['publicKey']): { readonly keyType: string; readonly supportedAlgorithms: readonly string[] } {
  if (publicKey.kind === 'ML-DSA') {
    return { keyType: publicKey.parameterSet, supportedAlgorithms: [publicKey.parameterSet] };
  }
  if (publicKey.kind === 'other') {
    throw new CreateSessionError('KEY_NOT_SUPPORTED', `the certificate's key is ${describeKey(publicKey)}; Roles Anywhere takes RSA, EC and ML-DSA`);
  }
  return { keyType: publicKey.kind, supportedAlgorithms: ['SHA256', 'SHA384', 'SHA512'].map((hash) => publicKey.kind + hash) };
}

async function listTokens(platform: Platform, settings: Settings, uri: string | undefined): Promise<string> {
  if (platform.pkcs11 === undefined) {
    throw new SignerError('NOT_SUPPORTED', `PKCS#11 is not supported under ${platform.runtime}, which cannot call libraries; use the standalone binary`);
  }
  const selector = settings.text('cert-selector');
  const wanted = selector === undefined ? undefined : await parseCertificateSelector(selector, platform.readFile);
  const found = await platform.pkcs11.certificates(settings.text('pkcs11-lib'), uri, (what) => pin(platform, settings, what));
  const fitting = found.map(readEntry).filter(({ certificate }) => wanted === undefined || (certificate && certificateFits(certificate, wanted)));
  return fitting.length === 0 ? 'No matching identities\n' : ['Matching identities\n', ...fitting.map(describeEntry)].join('');
}

/** A certificate of a token. */
interface Entry extends TokenCertificate {
  /** Undefined where it cannot be read. */
  readonly certificate?: Certificate;
  readonly problem?: string;
}

/** One certificate out of order is no reason not to show the others. */
function readEntry(entry: TokenCertificate): Entry {
  try {
    return { ...entry, certificate: readCertificate(entry.der) };
  } catch (error) {
    return { ...entry, problem: (error as Error).message };
  }
}

function describeEntry({ der, certificate, problem, uri }: Entry, index: number): string {
  return [
    `${index + 1}) Hex Fingerprint: ${createHash('sha1').update(der).digest('hex')}`,
    ...(certificate === undefined ? [`\tcannot be read: ${problem}`] : [
      `\tSubject: ${certificate.subject.toString()}`,
      `\tIssuer: ${certificate.issuer.toString()}`,
      `\tSerial Number: ${certificate.serialNumberHex.toUpperCase()}`,
    ]),
    `\tURI: ${uri}`,
  ].map((line) => `${line}\n`).join('');
}
