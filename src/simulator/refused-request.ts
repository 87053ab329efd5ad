/** The decision on a request that does not get as far as being decided: one that is malformed, out of time, or wrongly signed. */
import { CreateSessionErrorCode, VerificationError } from '../create-session';
import { failed, ServiceError, SessionDecision } from './decision';
import { refusal, ServiceErrors, validationError } from './service-errors';
import { takeStep } from './step-titles';

/** Faults of the request's form; the service's words for them are not published. */
const MALFORMED: ReadonlySet<CreateSessionErrorCode> = new Set([
  'BAD_CERTIFICATE', 'BAD_CHAIN', 'CHAIN_TOO_LONG', 'BAD_QUERY', 'BAD_BODY', 'MISSING_PARAMETER', 'BAD_PARAMETER', 'KEY_NOT_SUPPORTED',
]);

/** Faults of the signature itself or of what it has to cover. */
const WRONGLY_SIGNED: ReadonlySet<CreateSessionErrorCode> = new Set([
  'INVALID_SIGNATURE', 'BAD_SIGNATURE_ENCODING', 'ALGORITHM_KEY_MISMATCH', 'SERIAL_MISMATCH', 'KEY_INVALID',
]);

function errorFor({ code, message }: VerificationError): ServiceError {
  if (MALFORMED.has(code)) {
    return validationError(message);
  }
  return WRONGLY_SIGNED.has(code) ? ServiceErrors.invalidSignature : refusal(message);
}

/** Makes a decision of a failed verification; later steps are not taken, because nothing in the request can be believed. */
export function refusedRequest(error: VerificationError, at: Date): SessionDecision {
  const facts = error.steps.filter(({ passed }) => passed).map(({ check, detail }) => `${check}: ${detail}`);
  const { step, error: serviceError } = takeStep('request-signature', failed(error.message, errorFor(error), facts));
  return { allowed: false, steps: [step], failedStep: step, error: serviceError, at };
}
