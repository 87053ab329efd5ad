/** Reads and verifies a revocation list as an importer does; run as a program, it does so once and prints the milliseconds that took. */
import { readFileSync } from 'fs';
import { checkCrl } from '../src/trust-model/crl-rules';
import { readCertificates, readCrls } from '../src/x509';

/**
 * Reads a list, PEM or DER, and checks it against its CA, signature included.
 *
 * @throws Error where the list is not good for anything but its size
 */
export function readAndVerify(list: string | Uint8Array, caPem: string): void {
  const [crl] = readCrls(list);
  const findings = checkCrl(crl, { issuers: readCertificates(caPem), now: new Date() }).filter(({ rule }) => rule !== 'CRL_TOO_LARGE');
  if (findings.length > 0) {
    throw new Error(`the list is not good: ${findings[0].message}`);
  }
}

/** How long an action takes, in milliseconds. */
export function milliseconds(action: () => void): number {
  const started = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

if (require.main === module) {
  const [list, ca] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
  process.stdout.write(String(milliseconds(() => readAndVerify(list, ca))));
}
