/** The headers that carry certificates: `X-Amz-X509` for the end-entity certificate, `X-Amz-X509-Chain` for those between it and the anchor. */
import { Certificate, decodeBase64, readCertificate } from '../x509';
import { CreateSessionError } from './errors';

/** Header of the end-entity certificate. */
export const CERTIFICATE_HEADER = 'x-amz-x509';

/** Header of the intermediate certificates. */
export const CHAIN_HEADER = 'x-amz-x509-chain';

/** How many certificates the chain header may hold (User Guide, "Authentication"). */
export const MAX_CHAIN_LENGTH = 5;

/** A certificate as the header has it: base64 of its DER, in one line. */
export function formatCertificateHeader(certificate: Pick<Certificate, 'raw'>): string {
  // The runtime's own encoder: in a signer that runs for ten milliseconds, one written in JavaScript takes half of one.
  return btoa(binaryString(certificate.raw));
}

/** Octets as characters of the same number, in pieces that fit a call. */
function binaryString(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) {
    // Not spread: that would go through an iterator, octet by octet.
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 4096) as unknown as number[]);
  }
  return text;
}

/**
 * The chain as the header has it: joined with commas, no blanks.
 *
 * @throws CreateSessionError `CHAIN_TOO_LONG` beyond 5 certificates
 */
export function formatChainHeader(chain: ReadonlyArray<Pick<Certificate, 'raw'>>): string {
  checkChainLength(chain.length);
  return chain.map(formatCertificateHeader).join(',');
}

/** @throws CreateSessionError `BAD_CERTIFICATE` where the value is not base64 of one certificate */
export function parseCertificateHeader(value: string): Certificate {
  return parseOne(value, 'BAD_CERTIFICATE', 'X-Amz-X509');
}

/** @throws CreateSessionError `BAD_CHAIN` where the value is not base64 of certificates joined with commas, `CHAIN_TOO_LONG` */
export function parseChainHeader(value: string): Certificate[] {
  const parts = value.split(',');
  checkChainLength(parts.length);
  return parts.map((part, i) => parseOne(part, 'BAD_CHAIN', `certificate ${i + 1} of X-Amz-X509-Chain`));
}

function checkChainLength(length: number): void {
  if (length > MAX_CHAIN_LENGTH) {
    throw new CreateSessionError('CHAIN_TOO_LONG',
      `the chain has ${length} certificates beside the end-entity one, and Roles Anywhere takes ${MAX_CHAIN_LENGTH}; leave out the root first`);
  }
}

function parseOne(value: string, code: 'BAD_CERTIFICATE' | 'BAD_CHAIN', what: string): Certificate {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) {
    throw new CreateSessionError(code, `${what} is not base64 in one piece, without blanks`);
  }
  try {
    return readCertificate(decodeBase64(value));
  } catch (error) {
    throw new CreateSessionError(code, `${what} is not a certificate: ${(error as Error).message}`, { cause: error });
  }
}
