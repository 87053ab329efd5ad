/** Checks of the host's certificate against what Roles Anywhere demands (User Guide, "The IAM Roles Anywhere trust model"). */
import type { Examination } from './examination';
import { Check, CheckId, failed, ok, Outcome, warning } from './findings';
import { describeKey } from '../../src/create-session/algorithms';
import type { Certificate } from '../../src/x509';
import { ExitCode } from '../exit-codes';

const DAY = 24 * 3_600_000;

/** Certificates that last for months are renewed weeks before their end, those that last for days in their last third. */
const NOTICE = 30 * DAY;

/** Below that, RSA is broken or about to be; the service documents no limit of its own. */
const MIN_RSA_BITS = 2048;

const CURVES = ['P-256', 'P-384', 'P-521'];

const STRONG_HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];

/** What the validity of a certificate means now. */
export type Validity =
  | { readonly state: 'valid' | 'expiring' | 'expired'; /** In words: `until 2026-11-21T10:00:00.000Z, for another 12 days`. */ readonly text: string }
  | { readonly state: 'not yet valid'; readonly text: string };

/** Judges a validity: `expiring` with less than 30 days left, or less than a third of the whole where that is sooner. */
export function judgeValidity({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>, now: Date): Validity {
  if (now < notBefore) {
    return { state: 'not yet valid', text: `valid from ${notBefore.toISOString()} only` };
  }
  const left = notAfter.getTime() - now.getTime();
  if (left < 0) {
    return { state: 'expired', text: `expired at ${notAfter.toISOString()}` };
  }
  const text = `until ${notAfter.toISOString()}, for another ${duration(left)}`;
  return { state: left < Math.min(NOTICE, (notAfter.getTime() - notBefore.getTime()) / 3) ? 'expiring' : 'valid', text };
}

function duration(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours >= 48 ? `${Math.floor(hours / 24)} days` : hours >= 2 ? `${hours} hours` : `${Math.floor(milliseconds / 60_000)} minutes`;
}

/** What is wrong with how a certificate was signed; undefined where nothing is. */
export function signatureProblem({ signatureAlgorithm: { name, hash, keyKind } }: Certificate): string | undefined {
  if (hash !== undefined && !STRONG_HASHES.includes(hash)) {
    return `is signed with ${name}, and Roles Anywhere wants SHA-256 or stronger`;
  }
  return keyKind === 'ML-DSA' || (hash !== undefined && (keyKind === 'RSA' || keyKind === 'EC')) ? undefined
    : `is signed with ${name}, which Roles Anywhere does not document`;
}

/** Whether the problem is one that the service is known to refuse. */
export function isWeakSignature({ signatureAlgorithm: { hash } }: Certificate): boolean {
  return hash !== undefined && !STRONG_HASHES.includes(hash);
}

const REISSUE = 'have the certificate issued again';

function check(id: CheckId, title: string, judge: (certificate: Certificate, now: Date) => Outcome): Check<Examination> {
  return {
    id,
    title,
    needs: ['certificate'],
    exitCode: ExitCode.IDENTITY,
    run: async (examination) => judge(await examination.certificate(), examination.platform.now()),
  };
}

/** In the order in which they are run. */
export const CERTIFICATE_CHECKS: ReadonlyArray<Check<Examination>> = [
  check('certificate-validity', 'Validity of the certificate', (certificate, now) => {
    const { state, text } = judgeValidity(certificate, now);
    const clock = `this host's clock says ${now.toISOString()}`;
    return state === 'valid' ? ok(text)
      : state === 'expiring' ? warning(text, 'renew the certificate soon')
        : state === 'expired' ? failed(`${text}; ${clock}`, 'have a new one issued') : failed(`${text}; ${clock}`, 'set the clock right, or wait');
  }),
  check('certificate-version', 'Version of the certificate', ({ version }) => (version === 3
    ? ok('X.509 version 3') : failed(`X.509 version ${version}; Roles Anywhere wants version 3`, `${REISSUE}, with extensions`))),
  check('certificate-basic-constraints', 'Not a CA certificate', ({ basicConstraints }) => (basicConstraints?.ca
    ? failed('its basicConstraints say CA:TRUE, so it is a CA\'s and no host\'s', 'give the host a certificate of its own, issued with CA:FALSE')
    : ok(basicConstraints === undefined ? 'it has no basicConstraints' : 'CA:FALSE'))),
  check('certificate-key-usage', 'Key usage', ({ keyUsage }) => (keyUsage?.includes('digitalSignature')
    ? ok(keyUsage.join(', '))
    : failed(keyUsage === undefined ? 'there is no keyUsage extension' : `it does not include digitalSignature, but: ${keyUsage.join(', ')}`,
      `${REISSUE}, with keyUsage digitalSignature`))),
  check('certificate-subject', 'Subject of the certificate', ({ subject }) => (subject.isEmpty
    ? failed('it is empty, which Roles Anywhere does not support', `${REISSUE}, with a subject such as CN=onprem01`) : ok(subject.toString()))),
  check('certificate-signature', 'How the certificate is signed', (certificate) => {
    const problem = signatureProblem(certificate);
    return problem === undefined ? ok(certificate.signatureAlgorithm.name)
      : (isWeakSignature(certificate) ? failed : warning)(`it ${problem}`, `${REISSUE}, signed with SHA-256`);
  }),
  check('certificate-key', 'Kind of key', ({ publicKey }) => {
    const name = describeKey(publicKey);
    if (publicKey.kind === 'other' || (publicKey.kind === 'EC' && !CURVES.includes(publicKey.curve))) {
      return failed(`${name} cannot be used`, `${REISSUE}, for a key of RSA (2048 bits or more), EC on ${CURVES.join(', ')}, or ML-DSA`);
    }
    return publicKey.kind === 'RSA' && publicKey.modulusBits < MIN_RSA_BITS
      ? warning(`${name} is too short to be safe`, `${REISSUE}, for a key of ${MIN_RSA_BITS} bits or more, or on P-256`) : ok(name);
  }),
  check('certificate-critical-extensions', 'Critical extensions', ({ unknownCriticalExtensions: unknown }) => (unknown.length === 0
    ? ok('none but well-known ones')
    : warning(`it has critical extensions that the service may not know: ${unknown.join(', ')}`, `${REISSUE}, without them or not critical`))),
];
