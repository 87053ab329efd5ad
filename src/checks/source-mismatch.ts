/** RA210: a trust anchor whose kind of source and data do not go together. */
import { isKnownObject } from './model/deferred';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const sourceMismatch: Rule = {
  id: 'RA210',
  name: 'source-mismatch',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'SourceType of a trust anchor says one thing, and SourceData has another: CERTIFICATE_BUNDLE goes with X509CertificateData, AWS_ACM_PCA with AcmPcaArn.',
  why: 'The service refuses the trust anchor, and the deployment is rolled back.',
  fix: 'give the data that belongs to the source type, and nothing else, or use TrustAnchorSource',
  source: Source.CREATE_TRUST_ANCHOR,
  check: (anchor) => {
    const wanted = WANTED[anchor.text('Source', 'SourceType') ?? ''];
    const data = anchor.property('Source', 'SourceData');
    const given = isKnownObject(data) ? Object.keys(data) : [];
    return wanted === undefined || !isKnownObject(data) || (given.length === 1 && given[0] === wanted) ? [] : [{
      location: 'Properties.Source.SourceData',
      message: `the source type ${anchor.text('Source', 'SourceType')} goes with ${wanted}, and the data has ${given.join(' and ') || 'nothing'}`,
    }];
  },
};

const WANTED: Readonly<Record<string, string | undefined>> = { CERTIFICATE_BUNDLE: 'X509CertificateData', AWS_ACM_PCA: 'AcmPcaArn' };
