/** The one error type of this folder: what is wrong with a request, a key or an ARN, as a stable code. */

/** Stable codes of everything that can be wrong while a CreateSession request is built or verified. */
export type CreateSessionErrorCode =
  // ARNs, Regions and endpoints
  | 'ARN_INVALID'
  | 'ARN_WRONG_RESOURCE'
  | 'ARN_MISMATCH'
  | 'PARTITION_UNKNOWN'
  | 'REGION_INVALID'
  | 'ENDPOINT_INVALID'
  | 'ENDPOINT_NOT_OFFERED'
  // keys and certificates
  | 'KEY_NOT_SUPPORTED'
  | 'KEY_INVALID'
  | 'ALGORITHM_NOT_AVAILABLE'
  | 'SERIAL_OUT_OF_RANGE'
  | 'CHAIN_TOO_LONG'
  // what a verifier refuses
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'MISSING_HEADER'
  | 'UNSIGNED_HEADER'
  | 'BAD_AUTHORIZATION'
  | 'BAD_SCOPE'
  | 'BAD_DATE'
  | 'CLOCK_SKEW'
  | 'BAD_CERTIFICATE'
  | 'BAD_CHAIN'
  | 'ALGORITHM_KEY_MISMATCH'
  | 'SERIAL_MISMATCH'
  | 'BAD_SIGNATURE_ENCODING'
  | 'INVALID_SIGNATURE'
  | 'BAD_QUERY'
  | 'BAD_BODY'
  | 'MISSING_PARAMETER'
  | 'BAD_PARAMETER';

/**
 * Thrown by everything in this folder.
 *
 * Messages name what is wrong and where; they never hold key material.
 */
export class CreateSessionError extends Error {
  /** What is wrong, as a stable name that programs can switch on. */
  public readonly code: CreateSessionErrorCode;

  public constructor(code: CreateSessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CreateSessionError';
    this.code = code;
  }
}
