/** The service's answers to requests it refuses: status codes, error types and messages of CreateSession. */
import { ServiceError } from './decision';

function accessDenied(message: string): ServiceError {
  return { statusCode: 403, type: 'AccessDeniedException', message };
}

/** A 400 with words of this library: the service's own are not published for these cases. */
export function validationError(message: string): ServiceError {
  return { statusCode: 400, type: 'ValidationException', message };
}

/** A 403 with words of this library, for cases in which the service's own are not published. */
export function refusal(message: string): ServiceError {
  return accessDenied(message);
}

/** The simulator does not know enough to say yes, and so says no. The service has no such error. */
export function cannotDecide(reason: string): ServiceError {
  return accessDenied(`The simulator cannot decide this request: ${reason}`);
}

/** Messages that the User Guide or users of the service quote, word for word, but for the one that says otherwise. */
export const ServiceErrors = {
  incorrectBasicConstraints: validationError('Incorrect basic constraints for CA certificate'),
  untrustedSigningCertificate: accessDenied('Untrusted signing certificate'),
  insufficientCertificate: accessDenied('Untrusted certificate. Insufficient certificate'),
  certificateRevoked: accessDenied('Certificate revoked'),
  // The words are this library's: what the service does with a list that cannot be trusted is not documented.
  revocationListNotTrusted: accessDenied('Certificate revocation list cannot be trusted'),
  trustAnchorDisabled: accessDenied('Trust anchor is disabled'),
  profileDisabled: accessDenied('Profile is disabled'),
  invalidOrEmptyProfile: accessDenied('Invalid or empty profile provided'),
  roleNotListed: accessDenied("Requested Role isn't one of those listed in the Profile"),
  notAuthorizedToSetRoleSessionName: accessDenied('Not authorized to set roleSessionName'),
  durationExceedsMaximum: accessDenied('The requested DurationSeconds exceeds the MaxSessionDuration set for this role'),
  invalidSignature: accessDenied('Invalid signature'),
} as const;

/** There is no trust anchor of this ARN. The words are this library's. */
export function trustAnchorNotFound(arn: string): ServiceError {
  return { statusCode: 404, type: 'ResourceNotFoundException', message: `Trust anchor ${arn} not found` };
}

/** STS does not let the service assume the role. */
export function unableToAssumeRole(roleArn: string): ServiceError {
  return accessDenied(`Unable to assume role for ${roleArn}`);
}

/** Specifiers that cannot be tags, by the field they are in. */
export interface UnmappedSpecifiers {
  readonly issuer: readonly string[];
  readonly subject: readonly string[];
  readonly san: readonly string[];
}

/** The certificate holds attributes that are mapped and cannot be session tags. */
export function attributesNotMapped(roleArn: string, { issuer, subject, san }: UnmappedSpecifiers): ServiceError {
  const list = (specifiers: readonly string[]) => `[ ${specifiers.join(', ')} ]`;
  return accessDenied(`Unable to assume role for ${roleArn}. Some attributes failed to be mapped into session tags. `
    + `Issuer: ${list(issuer)}; Subject: ${list(subject)}; SAN: ${list(san)}`);
}
