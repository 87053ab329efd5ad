/** The steps about the trust anchor and the certificate's way to it. */
import { checkCaCertificate } from '../trust-model/certificate-rules';
import { CERTIFICATES_PER_ANCHOR } from '../trust-model/limits';
import { describe, PathCheck, PathCheckId, PathFailure, PathValidation } from '../trust-model/path-validation';
import { Certificate, readCertificates, X509Error } from '../x509';
import { failed, passed, ServiceError, skipped, StepOutcome } from './decision';
import { TrustAnchorModel } from './model';
import { cannotDecide, refusal, ServiceErrors, trustAnchorNotFound, validationError } from './service-errors';

/** A trust anchor made ready for deciding, once for all decisions. */
export interface PreparedAnchor {
  readonly model: TrustAnchorModel;
  /** Empty where they could not be read. */
  readonly certificates: readonly Certificate[];
  /** The step that asks whether the anchor can be used. */
  readonly step: StepOutcome;
}

/**
 * Reads and checks a trust anchor.
 *
 * @param model the anchor
 * @param certificatePem certificates for an anchor whose template has none, such as that of a private CA
 */
export function prepareAnchor(model: TrustAnchorModel, certificatePem?: string): PreparedAnchor {
  const pem = certificatePem ?? model.certificatePem;
  const unusable = model.unusable ?? (pem === undefined ? withoutCertificate(model) : undefined);
  if (unusable !== undefined || pem === undefined) {
    const reason = `trust anchor ${model.name} cannot be used: ${unusable}`;
    return { model, certificates: [], step: failed(reason, cannotDecide(reason)) };
  }
  try {
    const certificates = readCertificates(pem);
    return { model, certificates, step: anchorStep(model, certificates) };
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    const reason = `the certificates of trust anchor ${model.name} cannot be read (${error.code}): ${error.message}`;
    return { model, certificates: [], step: failed(reason, validationError(`Invalid certificate data for trust anchor: ${error.code}`)) };
  }
}

function withoutCertificate({ sourceType, acmPcaArn }: TrustAnchorModel): string {
  return sourceType === 'AWS_ACM_PCA'
    ? `its certificate is that of the private CA ${acmPcaArn ?? ''}, which only a deployment can tell; give it in 'caCertificates'`
    : `its source is of type ${sourceType}, which is not supported, because the template does not hold its certificate; give it in 'caCertificates'`;
}

function anchorStep(model: TrustAnchorModel, certificates: readonly Certificate[]): StepOutcome {
  const facts = certificates.map((certificate) => `certificate ${describe(certificate)}, serial number ${certificate.serialNumberHex}`);
  if (certificates.length > CERTIFICATES_PER_ANCHOR) {
    facts.push(`${certificates.length} certificates are more than the ${CERTIFICATES_PER_ANCHOR} that an account may have in an anchor without a raised quota`);
  }
  const findings = certificates.flatMap((certificate) =>
    checkCaCertificate(certificate).map(({ rule, message }) => ({ rule, message: `${describe(certificate)}: ${message}` })));
  if (findings.length > 0) {
    const [{ rule, message }] = findings;
    const error = rule === 'CA_BASIC_CONSTRAINTS' ? ServiceErrors.incorrectBasicConstraints : validationError(`Invalid CA certificate: ${rule}`);
    return failed(`the service does not take this trust anchor: ${message}`, error, [...facts, ...findings.slice(1).map((finding) => finding.message)]);
  }
  if (!model.enabled) {
    return failed(disabledReason('trust anchor', model), ServiceErrors.trustAnchorDisabled, facts);
  }
  return passed(...facts, 'it is enabled');
}

/** Why a resource counts as disabled. */
export function disabledReason(what: string, { name, enabledStated }: { readonly name: string; readonly enabledStated: boolean }): string {
  return enabledStated
    ? `${what} ${name} is disabled`
    : `${what} ${name} is disabled: its template does not state Enabled, and the service creates such a resource disabled; add 'Enabled: true'`;
}

/** The step for an anchor that the assembly does not have. */
export function unknownAnchor(arn: string): StepOutcome {
  return failed(`the assembly has no trust anchor ${arn}`, trustAnchorNotFound(arn));
}

/** The steps that come out of validating the path. */
export interface PathSteps {
  readonly certificate: StepOutcome;
  readonly chain: StepOutcome;
  readonly validity: StepOutcome;
}

/** Makes steps of a path validation. */
export function pathSteps(validation: PathValidation): PathSteps {
  const check = (...ids: readonly PathCheckId[]) => validation.checks.filter(({ id }) => ids.includes(id));
  return {
    certificate: stepOf(check('certificate-rules'), () => ServiceErrors.insufficientCertificate),
    chain: stepOf(check('chain-length', 'path', 'ca-rules', 'path-length'), chainError),
    // The service's own words for an expired certificate are not published.
    validity: stepOf(check('validity'), () => refusal('Untrusted certificate')),
  };
}

/** Without an anchor there is nothing to validate against. */
export function noPathSteps(): PathSteps {
  const outcome = skipped('there is no trust anchor to validate against');
  return { certificate: outcome, chain: outcome, validity: outcome };
}

function chainError({ code }: PathFailure): ServiceError {
  return code === 'CHAIN_TOO_LONG' ? validationError('Certificate chain is too long') : ServiceErrors.untrustedSigningCertificate;
}

function stepOf(checks: readonly PathCheck[], errorOf: (failure: PathFailure) => ServiceError): StepOutcome {
  const facts = checks.filter(({ status }) => status !== 'skipped').flatMap((check) => check.facts);
  const failures = checks.flatMap((check) => check.failures);
  if (failures.length === 0) {
    return passed(...facts);
  }
  const [first, ...others] = failures.map((failure) => ({ failure, message: withCaveat(failure) }));
  return failed(first.message, errorOf(first.failure), [...facts, ...others.map(({ message }) => message)]);
}

function withCaveat({ message, undocumented }: PathFailure): string {
  return undocumented ? `${message} (refused here; what the service does is not documented)` : message;
}
