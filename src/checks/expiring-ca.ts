/** RA206: certificates of a trust anchor that expire soon. */
import { BUNDLE_LOCATION, certificatesOf } from './model/certificate-bundles';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';
import { CA_EXPIRY_WARNING_DAYS } from '../trust-model/limits';
import { describe } from '../trust-model/path-validation';

const DAY = 24 * 3600 * 1000;

export const expiringCa: Rule = {
  id: 'RA206',
  name: 'expiring-ca',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR],
  finds: `A certificate of a trust anchor expires within ${CA_EXPIRY_WARNING_DAYS} days.`,
  why: 'From then on no host below it gets a session.',
  fix: 'add the certificate of its successor to the bundle now, so that hosts can move over before then',
  source: Source.NOTIFICATIONS,
  check: (anchor, { now }) => (certificatesOf(anchor) ?? []).flatMap((certificate) => {
    const daysLeft = Math.floor((certificate.notAfter.getTime() - now.getTime()) / DAY);
    return daysLeft < 0 || daysLeft >= CA_EXPIRY_WARNING_DAYS ? [] : [{
      location: BUNDLE_LOCATION,
      message: `${describe(certificate)} expires in ${daysLeft} days, on ${certificate.notAfter.toISOString()}`,
    }];
  }),
};
