/** Checks of the certificates between the host's own and the trust anchor. */
import { X509Certificate } from 'node:crypto';
import { isWeakSignature, judgeValidity, signatureProblem } from './certificate-checks';
import type { Examination } from './examination';
import { Check, CheckId, failed, ok, Outcome, skipped, warning } from './findings';
import { MAX_CHAIN_LENGTH } from '../../src/create-session/certificate-headers';
import { Certificate, bytesEqual } from '../../src/x509';
import { ExitCode } from '../exit-codes';

const CHAIN_ALONE = 'no certificates are sent beside the host\'s own';

function check(
  id: CheckId, title: string, judge: (certificate: Certificate, chain: readonly Certificate[], now: Date) => Outcome,
): Check<Examination> {
  return {
    id,
    title,
    needs: ['certificate'],
    exitCode: ExitCode.IDENTITY,
    run: async (examination) => {
      const { certificate, chain } = await examination.certificates();
      return judge(certificate, chain, examination.platform.now());
    },
  };
}

const isSelfIssued = ({ subject, issuer }: Certificate) => subject.equals(issuer);

const nameOf = ({ subject }: Certificate) => subject.toString();

/** The certificates that follow one another from a certificate upwards, found by their names and key identifiers. */
export function pathFrom(certificate: Certificate, chain: readonly Certificate[]): Certificate[] {
  const path: Certificate[] = [];
  let current = certificate;
  while (!isSelfIssued(current)) {
    const next = chain.find((candidate) => !path.includes(candidate) && mayIssue(candidate, current));
    if (next === undefined) {
      break;
    }
    path.push(next);
    current = next;
  }
  return path;
}

/** Two CAs of one name are told apart by their keys' identifiers (RFC 5280 4.2.1.1), where certificates have them. */
function mayIssue(issuer: Certificate, certificate: Certificate): boolean {
  const wanted = certificate.authorityKeyIdentifier?.keyIdentifier;
  return issuer.subject.equals(certificate.issuer)
    && (wanted === undefined || issuer.subjectKeyIdentifier === undefined || bytesEqual(wanted, issuer.subjectKeyIdentifier));
}

function judgeOrder(certificate: Certificate, chain: readonly Certificate[]): Outcome {
  const path = pathFrom(certificate, chain);
  const last = path.at(-1) ?? certificate;
  const strays = chain.filter((candidate) => !path.includes(candidate));
  if (isSelfIssued(certificate)) {
    return warning('the certificate is its own issuer; Roles Anywhere wants one that a CA has issued', 'have a CA issue one, and make that CA the trust anchor');
  }
  if (strays.length > 0) {
    const remedy = `send the certificate of ${last.issuer.toString()}, unless the trust anchor is that CA itself, and leave the others out`;
    return warning(`${strays.map(nameOf).join('; ')} ${strays.length === 1 ? 'is' : 'are'} sent, which ${path.length === 0
      ? `did not issue the host's certificate (${certificate.issuer.toString()} did)` : 'does not belong to the chain'}`, remedy);
  }
  if (chain.some((candidate, i) => candidate !== path[i])) {
    return warning(`they are sent in another order than from the host's certificate upwards: ${chain.map(nameOf).join('; ')}`,
      `put them in this order: ${path.map(nameOf).join('; ')}`);
  }
  const anchor = isSelfIssued(last) ? nameOf(last) : last.issuer.toString();
  return ok(`${chain.length === 0 ? CHAIN_ALONE : [certificate, ...path].map(nameOf).join(' <- ')}; the trust anchor has to be ${anchor}`
    + `${path.length === 0 || isSelfIssued(last) ? '' : ' or one of the CAs below it'}`);
}

type Verdict = 'verified' | 'wrong' | 'cannot be verified by this program';

/** Whether one certificate's key signed another; runtimes differ in the algorithms that they know. */
function verifyIssued(certificate: Certificate, issuer: Certificate): Verdict {
  try {
    return new X509Certificate(certificate.raw).verify(new X509Certificate(issuer.raw).publicKey) ? 'verified' : 'wrong';
  } catch {
    return 'cannot be verified by this program';
  }
}

function judgeSignatures(certificate: Certificate, chain: readonly Certificate[]): Outcome {
  const path = pathFrom(certificate, chain);
  if (path.length === 0) {
    return skipped(chain.length === 0 ? CHAIN_ALONE : 'none of the certificates that are sent issued the host\'s own');
  }
  const links = path.map((issuer, i) => {
    const signed = i === 0 ? certificate : path[i - 1];
    return { signed, issuer, verdict: verifyIssued(signed, issuer) };
  });
  const wrong = links.find(({ verdict }) => verdict === 'wrong');
  if (wrong) {
    return failed(`the signature on ${nameOf(wrong.signed)} was not made with the key of ${nameOf(wrong.issuer)} that is sent`,
      'send the certificate of the CA that really issued it: another CA of the same name, or an older key of it');
  }
  const open = links.find(({ verdict }) => verdict !== 'verified');
  return open ? skipped(`the signature on ${nameOf(open.signed)} (${open.signed.signatureAlgorithm.name}) ${open.verdict}`)
    : ok(links.length === 1 ? 'the signature verifies' : `all ${links.length} signatures verify`);
}

function judgeValidities(_: Certificate, chain: readonly Certificate[], now: Date): Outcome {
  const judged = chain.map((certificate) => ({ name: nameOf(certificate), ...judgeValidity(certificate, now) }));
  const bad = judged.find(({ state }) => state === 'expired' || state === 'not yet valid');
  const expiring = judged.find(({ state }) => state === 'expiring');
  return bad ? failed(`${bad.name}: ${bad.text}`, 'send the CA\'s current certificate')
    : expiring ? warning(`${expiring.name}: ${expiring.text}`, 'ask the CA for its next certificate')
      : chain.length === 0 ? skipped(CHAIN_ALONE) : ok(judged.map(({ name, text }) => `${name}: ${text}`).join('; '));
}

/** What keeps a certificate from being a CA's. */
function caProblem({ basicConstraints, keyUsage }: Certificate): string | undefined {
  return !basicConstraints?.ca ? 'is not a CA certificate (no basicConstraints with CA:TRUE)'
    : keyUsage !== undefined && !keyUsage.includes('keyCertSign') ? `may not sign certificates (keyUsage ${keyUsage.join(', ')})` : undefined;
}

function judgeCertificates(_: Certificate, chain: readonly Certificate[]): Outcome {
  if (chain.length === 0) {
    return skipped(CHAIN_ALONE);
  }
  const refused = chain.flatMap((certificate) => {
    const problem = caProblem(certificate) ?? (isWeakSignature(certificate) ? signatureProblem(certificate) : undefined);
    return problem === undefined ? [] : [`${nameOf(certificate)} ${problem}`];
  });
  const undocumented = chain.flatMap((certificate) => signatureProblem(certificate) ?? []);
  return refused.length > 0 ? failed(refused.join('; '), 'have the CA issued again, or leave out what is no CA')
    : undocumented.length > 0 ? warning(`one of them ${undocumented[0]}`) : ok('all are CA certificates, signed with SHA-256 or stronger');
}

/** In the order in which they are run. */
export const CHAIN_CHECKS: ReadonlyArray<Check<Examination>> = [
  check('chain-length', 'Length of the chain', (_, chain) => (chain.length > MAX_CHAIN_LENGTH
    ? failed(`${chain.length} certificates are sent, and Roles Anywhere takes ${MAX_CHAIN_LENGTH}`, 'leave out the root, and what does not belong to the chain')
    : ok(chain.length === 0 ? CHAIN_ALONE : `${chain.length} of at most ${MAX_CHAIN_LENGTH}`))),
  check('chain-order', 'Order of the chain', judgeOrder),
  check('chain-signatures', 'Signatures of the chain', judgeSignatures),
  check('chain-validity', 'Validity of the chain', judgeValidities),
  check('chain-certificates', 'CA certificates of the chain', judgeCertificates),
  check('chain-root', 'Root in the chain', (_, chain) => {
    const root = chain.find(isSelfIssued);
    return ok(root === undefined ? 'no root is sent, and none is needed'
      : `${nameOf(root)} is sent as well; that does no harm, but the trust anchor has it, so it can be left out`);
  }),
];
