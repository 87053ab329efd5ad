/** The one error type of this folder: what is wrong with the bytes, as a stable code, and where they go wrong. */

/** Stable codes of everything that can be wrong with a PEM text, a DER encoding, a certificate or a revocation list. */
export type X509ErrorCode =
  | 'DER_TRUNCATED'
  | 'DER_INDEFINITE_LENGTH'
  | 'DER_LENGTH_NOT_MINIMAL'
  | 'DER_HIGH_TAG_NUMBER'
  | 'DER_TRAILING_BYTES'
  | 'DER_TOO_DEEP'
  | 'DER_TOO_LARGE'
  | 'DER_UNEXPECTED_TAG'
  | 'DER_INVALID_BOOLEAN'
  | 'DER_INVALID_INTEGER'
  | 'DER_INVALID_BIT_STRING'
  | 'DER_INVALID_NULL'
  | 'DER_INVALID_OID'
  | 'DER_INVALID_STRING'
  | 'DER_INVALID_TIME'
  | 'PEM_NO_BLOCK'
  | 'PEM_INVALID_BOUNDARY'
  | 'PEM_UNTERMINATED'
  | 'PEM_INVALID_BASE64'
  | 'PEM_TOO_LARGE'
  | 'PEM_UNEXPECTED_LABEL'
  | 'PEM_PRIVATE_KEY'
  | 'NAME_EMPTY_RDN'
  | 'CERTIFICATE_VERSION'
  | 'CERTIFICATE_ALGORITHM_MISMATCH'
  | 'CERTIFICATE_DUPLICATE_EXTENSION'
  | 'CERTIFICATE_INVALID_EXTENSION'
  | 'CERTIFICATE_INVALID_SIGNATURE_ALGORITHM'
  | 'CERTIFICATE_INVALID_PUBLIC_KEY'
  | 'CRL_NOT_A_LIST'
  | 'CRL_VERSION'
  | 'CRL_ALGORITHM_MISMATCH'
  | 'CRL_DUPLICATE_EXTENSION'
  | 'CRL_INVALID_EXTENSION'
  | 'CRL_INVALID_SIGNATURE_ALGORITHM'
  | 'CRL_SERIAL_TOO_LONG';

/**
 * Thrown by every reader of this folder, and nothing else is.
 *
 * The message never repeats bytes of the input, so that a private key that was handed over by mistake does not reach a log.
 */
export class X509Error extends Error {
  /** What is wrong, as a stable name that programs can switch on. */
  public readonly code: X509ErrorCode;

  /** Where: a byte offset into the DER, or a character offset into the PEM text. */
  public readonly offset: number;

  public constructor(code: X509ErrorCode, message: string, offset: number) {
    super(`${message} (at offset ${offset})`);
    this.name = 'X509Error';
    this.code = code;
    this.offset = offset;
  }
}
