/** Revocation lists that stand in the template, and the trust anchors they are for. */
import { certificatesOf, readBundle } from './certificate-bundles';
import { Reference } from './deferred';
import { oncePerResource } from './memo';
import type { Resource } from './resource';
import { TRUST_ANCHOR } from './rule';
import { CRL_ISSUERS_KEY } from '../../private/metadata-keys';
import { findCrlIssuers } from '../../trust-model/crl-issuers';
import { checkCrl, CrlFinding } from '../../trust-model/crl-rules';
import { Certificate, CertificateRevocationList, readCrls, X509Error } from '../../x509';

/** Where the list stands. */
export const CRL_LOCATION = 'Properties.CrlData';

/** A list, read or not. */
export interface RevocationList {
  /** Undefined where it cannot be read, or holds several. */
  readonly list?: CertificateRevocationList;
  /** Why. It never repeats bytes of the data. */
  readonly unreadable?: string;
}

/** The list of a CRL resource; undefined where it is not there, or known at deployment only. */
export const revocationListOf = oncePerResource((crl): RevocationList | undefined => {
  const data = crl.property('CrlData');
  return typeof data === 'string' ? read(data) : undefined;
});

function read(data: string): RevocationList {
  try {
    const lists = readCrls(data);
    return lists.length === 1 ? { list: lists[0] } : { unreadable: `it holds ${lists.length} lists` };
  } catch (error) {
    if (!(error instanceof X509Error)) {
      throw error;
    }
    return { unreadable: `${error.message} [${error.code}]` };
  }
}

/** The trust anchor of a CRL resource, where it is made in the same app. */
export const anchorOfCrl = oncePerResource((crl): Resource | undefined => {
  const arn = crl.property('TrustAnchorArn');
  return arn instanceof Reference && arn.resource.type === TRUST_ANCHOR && arn.attribute === 'TrustAnchorArn' ? arn.resource : undefined;
});

/** The certificates that may have issued the list, those of CAs below the trust anchor that the metadata names included; undefined where they are not known. */
function issuersOfCrl(crl: Resource): readonly Certificate[] | undefined {
  const anchor = anchorOfCrl(crl);
  const certificates = anchor && certificatesOf(anchor);
  const below = crl.metadata(CRL_ISSUERS_KEY);
  return certificates && typeof below === 'string' ? findCrlIssuers(readBundle(below).certificates, certificates).trusted : certificates;
}

/** Rules about who made the list; without the certificates of the trust anchor there is nobody to say. */
const WHO_MADE_IT: readonly string[] = ['CRL_ISSUER_UNKNOWN', 'CRL_SIGNATURE_INVALID', 'CRL_SIGNATURE_NOT_VERIFIABLE', 'CRL_AUTHORITY_KEY_MISMATCH', 'CRL_KEY_USAGE'];

/** What there is to say against the list of a CRL resource. */
export function crlFindings(crl: Resource, now: Date): { readonly issuer: readonly CrlFinding[]; readonly other: readonly CrlFinding[] } {
  const list = revocationListOf(crl)?.list;
  if (!list) {
    return { issuer: [], other: [] };
  }
  const issuers = issuersOfCrl(crl);
  const findings = checkCrl(list, { issuers: issuers ?? [], now });
  return {
    issuer: issuers ? findings.filter(({ rule }) => WHO_MADE_IT.includes(rule)) : [],
    other: findings.filter(({ rule }) => !WHO_MADE_IT.includes(rule)),
  };
}
