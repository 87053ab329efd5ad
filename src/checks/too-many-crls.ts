/** RA406: more revocation lists for a trust anchor than the service takes. */
import type { CheckedApp } from './model/app';
import type { Resource } from './model/resource';
import { anchorOfCrl } from './model/revocation-lists';
import { CRL, Rule, Source } from './model/rule';
import { CRLS_PER_ANCHOR } from '../trust-model/limits';

export const tooManyCrls: Rule = {
  id: 'RA406',
  name: 'too-many-crls',
  severity: 'error',
  resourceTypes: [CRL],
  finds: `A trust anchor has more than ${CRLS_PER_ANCHOR} revocation lists in the app.`,
  why: 'The service takes no more, and the quota cannot be raised. While both places are taken, replacing a list fails as well.',
  fix: `keep ${CRLS_PER_ANCHOR} lists a trust anchor; make a trust anchor for each intermediate CA if there are more`,
  source: Source.QUOTAS,
  check: (crl, app) => {
    const before = siblingsOf(crl, app);
    const place = before.indexOf(crl);
    return place < CRLS_PER_ANCHOR ? [] : [{
      location: 'Properties.TrustAnchorArn',
      message: `the trust anchor has ${CRLS_PER_ANCHOR} lists without this one: ${before.slice(0, place).map(({ logicalId }) => logicalId).join(', ')}`,
    }];
  },
};

/** The lists of the same trust anchor. Those under a condition may exclude one another. */
function siblingsOf(crl: Resource, app: CheckedApp): readonly Resource[] {
  const anchor = anchorOfCrl(crl) ?? crl.text('TrustAnchorArn');
  return anchor === undefined ? [] : app.resources(CRL)
    .filter((other) => !other.isConditional && (anchorOfCrl(other) ?? other.text('TrustAnchorArn')) === anchor);
}
