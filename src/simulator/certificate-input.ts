/** Reads the certificates that a person or a test hands over: PEM files as they are found on hosts, private keys in them left alone. */
import { Certificate, isCertificateBlock, looksLikeDer, PemBlock, readCertificate, readPem, X509Error } from '../x509';
import { SimulatorError } from './errors';

/** Certificates as they come from files: PEM text or bytes, or one certificate in DER. */
export type CertificateInput = string | Uint8Array;

/**
 * Every certificate in a text, in order. Blocks of other kinds, such as a private key in the same file, are neither read nor repeated.
 *
 * @param input PEM, or the DER of one certificate
 * @param what names the input in messages
 * @throws SimulatorError `CERTIFICATE_INVALID` where it holds no certificate, or one that cannot be read
 */
export function certificatesIn(input: CertificateInput, what: string): Certificate[] {
  try {
    if (typeof input !== 'string' && looksLikeDer(input)) {
      return [readCertificate(input)];
    }
    const blocks = readPem(input);
    const certificates = blocks.filter(isCertificateBlock);
    if (certificates.length === 0) {
      throw noCertificate(what, blocks);
    }
    return certificates.map(({ der }) => readCertificate(der));
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    throw new SimulatorError('CERTIFICATE_INVALID', `${what} cannot be read (${error.code}): ${error.message}`);
  }
}

/** Labels only: what stands in the blocks may be a key. */
function noCertificate(what: string, blocks: readonly PemBlock[]): SimulatorError {
  const labels = [...new Set(blocks.map(({ label }) => label))].join(', ');
  return new SimulatorError(
    'CERTIFICATE_INVALID', `${what} holds no certificate (it holds: ${labels}); name the file with the block -----BEGIN CERTIFICATE-----`,
  );
}

/** A host's certificate, and those that it would send along. */
export interface CertificateWithChain {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
}

/**
 * Takes the first certificate for the host's, and the others, with those of `chain`, for what it sends along.
 *
 * @throws SimulatorError `CERTIFICATE_INVALID`
 */
export function certificateWithChain(certificate: CertificateInput, chain: CertificateInput | undefined): CertificateWithChain {
  const [leaf, ...others] = certificatesIn(certificate, 'the certificate');
  // An empty file of intermediates is what scripts write where there are none.
  const given = chain === undefined || (typeof chain === 'string' && chain.trim() === '') ? [] : certificatesIn(chain, 'the chain');
  return { leaf, chain: [...others, ...given] };
}
