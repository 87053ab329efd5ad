/** Decides where certificate and key come from: files, a token, or a program that signs. */
import { SignerError } from '../errors';
import { withInlineFiles } from './inline-files';
import type { IdentitySource } from '../../src/credentials/identity';
import { fileIdentitySource, IdentityFiles } from '../../src/credentials/identity-files';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';

const PKCS11_URI = /^pkcs11:/i;

const NO_CERTIFICATE = '--certificate is missing; where certificate and key lie on a token, choose it with --cert-selector and --pkcs11-lib';

/**
 * The source of the identity that the settings name. Nothing is read before its first `read()`.
 *
 * @throws SignerError `USAGE`, `NOT_SUPPORTED`
 */
export function identitySource(platform: Platform, settings: Settings): IdentitySource {
  const certificate = settings.text('certificate');
  const privateKey = settings.text('private-key');
  if (settings.has('cert-selector') && (certificate !== undefined || privateKey !== undefined)) {
    throw new SignerError('USAGE', 'give either --cert-selector, which chooses on tokens, or --certificate and --private-key');
  }
  refuseTpmHandle(settings, 'certificate');
  refuseTpmHandle(settings, 'private-key');
  const { readFile } = withInlineFiles(platform);
  if (settings.has('sign-command')) {
    return lazily(async () => (await import('./sign-command.js')).signCommandSource({ readFile }, settings.required('sign-command'), {
      certificate: settings.required('certificate'), intermediates: settings.text('intermediates'),
    }));
  }
  if (settings.has('cert-selector') || PKCS11_URI.test(certificate ?? '') || PKCS11_URI.test(privateKey ?? '')) {
    return lazily(async () => (await import('./token-source.js')).tokenSource(platform, readFile, settings));
  }
  if (certificate === undefined) {
    throw new SignerError('USAGE', NO_CERTIFICATE);
  }
  const files: IdentityFiles = { certificate, privateKey: privateKey ?? certificate, intermediates: settings.text('intermediates') };
  return fileIdentitySource({ readFile }, files, async (what) => (await import('./secrets.js')).passphrase(platform, settings, what));
}

function refuseTpmHandle(settings: Settings, name: 'certificate' | 'private-key'): void {
  if (/^handle:/i.test(settings.text(name) ?? '')) {
    throw new SignerError('NOT_SUPPORTED', `${settings.origin(name)} with a TPM handle is not supported: keys in a TPM are reached through PKCS#11 `
      + '(store the key with tpm2_ptool, then give its pkcs11: URI and --pkcs11-lib libtpm2_pkcs11.so), or with tpm2_sign in a --sign-command');
  }
}

/** A source whose code is loaded when it is first used. */
function lazily(load: () => Promise<IdentitySource>): IdentitySource {
  let source: Promise<IdentitySource> | undefined;
  return {
    read: async () => (await (source ??= load())).read(),
    // Where loading failed there is nothing to close, and `read` has said why.
    close: async () => (await source?.catch(() => undefined))?.close(),
  };
}
