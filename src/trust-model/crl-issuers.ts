/** Tells which certificates are those of CAs below a trust anchor, whose revocation lists may then be trusted. */
import { verifyCertificateSignature } from './signature-verification';
import { Certificate } from '../x509';

/** Certificates, by whether a chain of signatures leads from them to an anchor. */
export interface CrlIssuers {
  /** The anchors, and the CAs below them. */
  readonly trusted: readonly Certificate[];
  /** What is no CA below an anchor, as far as the certificates given tell. */
  readonly strangers: readonly Certificate[];
}

/** Sorts certificates, given in any order, by whether they are those of CAs below the anchors. */
export function findCrlIssuers(certificates: readonly Certificate[], anchors: readonly Certificate[]): CrlIssuers {
  const trusted = [...anchors];
  let strangers = certificates;
  for (let found = true; found && strangers.length > 0;) {
    const signed = strangers.filter((certificate) => trusted.some((issuer) => isCaBelow(certificate, issuer)));
    strangers = strangers.filter((certificate) => !signed.includes(certificate));
    trusted.push(...signed);
    found = signed.length > 0;
  }
  return { trusted, strangers };
}

/** Whether a certificate is a CA's (RFC 5280 4.2.1.9) that this issuer has signed. The keyUsage of the one that signs a list is looked at with the list. */
function isCaBelow(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.basicConstraints?.ca === true && issuer.subject.equals(certificate.issuer)
    && verifyCertificateSignature(certificate, issuer).verdict === 'verified';
}
