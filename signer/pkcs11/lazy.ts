/** PKCS#11 without its code, which is loaded when a token is asked for: most runs of the signer have nothing to do with tokens. */
import type { Pkcs11Opener } from './opener';
import type { IdentitySource } from '../../src/credentials/identity';

/** The opener of ./index, loaded at its first use. */
export const lazyPkcs11: Pkcs11Opener = {
  identity: (options, readFile) => {
    let source: IdentitySource | undefined;
    return {
      read: async () => {
        const { openPkcs11 } = await import('./index.js');
        source ??= openPkcs11.identity(options, readFile);
        return source.read();
      },
      close: async () => source?.close(),
    };
  },
  certificates: async (library, uri, pin) => (await import('./index.js')).openPkcs11.certificates(library, uri, pin),
};
