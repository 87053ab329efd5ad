/** Identities whose key, and mostly certificate too, lie on a PKCS#11 token. */
import { parseCertificateSelector } from './certificate-selector';
import { pin } from './secrets';
import type { IdentitySource } from '../../src/credentials/identity';
import { SignerError } from '../errors';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

const isUri = (value: string | undefined) => /^pkcs11:/i.test(value ?? '');

/** @throws SignerError `NOT_SUPPORTED` where this runtime cannot call libraries, `USAGE` */
export async function tokenSource(platform: Platform, readFile: Platform['readFile'], settings: Settings): Promise<IdentitySource> {
  if (platform.pkcs11 === undefined) {
    throw new SignerError('NOT_SUPPORTED', `PKCS#11 is not supported under ${platform.runtime}, which cannot call libraries; use the standalone binary`);
  }
  const certificate = settings.text('certificate');
  const privateKey = settings.text('private-key');
  if (privateKey !== undefined && !isUri(privateKey)) {
    throw new SignerError('USAGE', 'the certificate is on a token and the private key in a file; the key has to be on a token as well');
  }
  const selector = settings.text('cert-selector');
  return platform.pkcs11.identity({
    certificateUri: isUri(certificate) ? certificate : undefined,
    certificateFile: isUri(certificate) ? undefined : certificate,
    privateKeyUri: privateKey,
    intermediates: settings.text('intermediates'),
    library: settings.text('pkcs11-lib'),
    selector: selector === undefined ? undefined : await parseCertificateSelector(selector, platform.readFile),
    useLatestExpiring: settings.switch('use-latest-expiring-certificate') ?? false,
    reusePin: settings.switch('reuse-pin') ?? false,
    pinIsGiven: settings.has('pkcs11-pin') || settings.has('pkcs11-pin-file'),
    pin: (what) => pin(platform, settings, what),
  }, readFile);
}
