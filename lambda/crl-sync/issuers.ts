/** Finds out whose lists may be imported: the trust anchor's certificates as they are now, and CAs below it. */
import { ListConfiguration, Configuration } from './configuration';
import { Deadline } from './deadline';
import { SyncError } from './errors';
import { RolesAnywhereApi } from './roles-anywhere';
import { findCrlIssuers } from '../../src/trust-model/crl-issuers';
import { describe } from '../../src/trust-model/path-validation';
import { Certificate, readCertificates } from '../../src/x509';

/** Milliseconds for a request to AWS Private CA, with the attempts that its client makes. */
const REQUEST_TIMEOUT_MS = 10_000;

/** What is used of the client for AWS Private CA. */
interface AcmPcaModule {
  readonly ACMPCAClient: new (configuration: { readonly region: string }) => {
    send(command: unknown, options: { readonly abortSignal: AbortSignal }): Promise<{ readonly Certificate?: string }>;
  };
  readonly GetCertificateAuthorityCertificateCommand: new (input: { readonly CertificateAuthorityArn: string }) => unknown;
}

/** Named here, so that compilers do not look for it: only functions whose trust anchor comes from AWS Private CA need it. */
const ACM_PCA_CLIENT: string = '@aws-sdk/client-acm-pca';

/**
 * The certificates that the trust anchor has at this moment, rather than those it had at the last deployment.
 *
 * @throws SyncError `ANCHOR_SOURCE` where the anchor's source is not the one that the function was deployed for; codes of service calls
 */
export async function anchorCertificates(api: RolesAnywhereApi, configuration: Configuration, deadline: Deadline): Promise<Certificate[]> {
  const { trustAnchorArn, certificateAuthorityArn } = configuration;
  const source = await api.sourceOf(trustAnchorArn.split('/')[1]);
  const { x509CertificateData, acmPcaArn } = { ...source?.sourceData } as { x509CertificateData?: string; acmPcaArn?: string };
  if (x509CertificateData) {
    return readAnchor(trustAnchorArn, x509CertificateData);
  }
  if (!acmPcaArn || acmPcaArn !== certificateAuthorityArn) {
    throw new SyncError('ANCHOR_SOURCE', `the source of ${trustAnchorArn} is ${acmPcaArn ?? source?.sourceType}, and this function was deployed for `
      + `${certificateAuthorityArn ?? 'a certificate bundle'}; deploy it for the source that the trust anchor has now`);
  }
  return readAnchor(certificateAuthorityArn, await certificateOfAuthority(certificateAuthorityArn, deadline));
}

function readAnchor(arn: string, pem: string): Certificate[] {
  try {
    return readCertificates(pem);
  } catch (error) {
    throw new SyncError('ANCHOR_SOURCE', `the certificates of ${arn} cannot be read: ${(error as Error).message}`);
  }
}

async function certificateOfAuthority(arn: string, deadline: Deadline): Promise<string> {
  try {
    const { ACMPCAClient, GetCertificateAuthorityCertificateCommand } = await import(ACM_PCA_CLIENT) as AcmPcaModule;
    const client = new ACMPCAClient({ region: arn.split(':')[3] });
    const { Certificate: pem = '' } = await client.send(
      new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: arn }),
      { abortSignal: deadline.signal(REQUEST_TIMEOUT_MS) },
    );
    return pem;
  } catch (error) {
    const { name, message } = error as Error;
    throw new SyncError('SERVICE_ERROR', `acm-pca GetCertificateAuthorityCertificate failed for ${arn}: ${name}: ${message}`);
  }
}

/**
 * The certificates whose lists may be imported as this one: the anchor's, and those CAs of the configuration that lead to it.
 *
 * @throws SyncError `ISSUER_NOT_TRUSTED` where a certificate of the configuration is no CA certificate or does not lead to the anchor
 */
export function issuersOf({ issuerCertificates }: ListConfiguration, anchors: readonly Certificate[]): readonly Certificate[] {
  if (issuerCertificates === undefined) {
    return anchors;
  }
  const { trusted, strangers } = findCrlIssuers(readIssuers(issuerCertificates), anchors);
  if (strangers.length > 0) {
    throw new SyncError('ISSUER_NOT_TRUSTED', `${strangers.map(describe).join(' and ')} in issuerCertificates is no CA below the trust anchor, `
      + `${anchors.map(describe).join(' and ')}; give the certificates between the two as well`);
  }
  return trusted;
}

function readIssuers(pem: string): Certificate[] {
  try {
    return readCertificates(pem);
  } catch (error) {
    throw new SyncError('ISSUER_NOT_TRUSTED', `issuerCertificates cannot be read: ${(error as Error).message}`);
  }
}
