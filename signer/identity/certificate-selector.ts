/** Chooses certificates by subject, issuer and serial number, in the syntax of aws_signing_helper's `--cert-selector`. */

/** What a certificate has to have; every member that is given has to fit. */
export interface CertificateSelector {
  /** Distinguished name as RFC 2253 writes it, most specific attribute first: `CN=onprem01,OU=SecOps,O=Example`. */
  readonly subject?: string;
  /** The same of the issuer. */
  readonly issuer?: string;
  readonly serialNumber?: bigint;
}
