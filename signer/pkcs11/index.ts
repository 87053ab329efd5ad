/** PKCS#11 for runtimes that can call libraries: what is loaded when a token is asked for. */
import { readFile } from 'node:fs/promises';
import { encodingsOn, lookAndLogIn } from './certificates';
import { pkcs11Identity } from './identity';
import { findModule } from './module-path';
import { Pkcs11Opener, TokenCertificate } from './opener';
import { Pins } from './pins';
import { explain } from './return-value-error';
import { Tokens } from './tokens';
import { parsePkcs11Uri } from './uri';

/**
 * The opener of the standalone binary.
 *
 * `certificates` throws SignerError `TOKEN_UNREADABLE`, `PIN_WRONG`, `USAGE` and `NOT_SUPPORTED`. It logs in only where a URI names one
 * token, and that one shows nothing that fits without.
 */
export const openPkcs11: Pkcs11Opener = { identity: pkcs11Identity, certificates: listCertificates };

async function listCertificates(
  library: string | undefined, uriText: string | undefined, pin: (what: string) => Promise<string>,
): Promise<readonly TokenCertificate[]> {
  const uri = uriText === undefined ? undefined : parsePkcs11Uri(uriText);
  const uris = uri ? [uri] : [];
  const tokens = new Tokens(() => findModule(library, uris));
  try {
    tokens.look();
    const found = uri ? await lookAndLogIn(tokens.fitting(uri), new Pins(pin, readFile, false), uris, (token) => encodingsOn(token, uri))
      : tokens.fitting({}).flatMap((token) => encodingsOn(token, {}));
    return found.map(({ der, uri: itsUri }) => ({ der, uri: itsUri }));
  } catch (error) {
    throw explain(error, `the PKCS#11 module ${tokens.path}`);
  } finally {
    tokens.close();
  }
}
