/** RA601: a trust anchor, profile or revocation list that does not say that it is enabled. */
import { CRL, PROFILE, Rule, TRUST_ANCHOR } from './model/rule';

export const disabledByOmission: Rule = {
  id: 'RA601',
  name: 'disabled-by-omission',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR, PROFILE, CRL],
  finds: 'Enabled is left out of a trust anchor, profile or revocation list.',
  why: 'What CloudFormation makes without it is disabled: logins are refused, or a revocation list revokes nothing.',
  fix: 'state Enabled: true, or false if that is meant; TrustAnchor, Profile and Crl always state it',
  source: '[API Reference, CreateProfile](https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html), which documents no default',
  check: (resource) => (resource.property('Enabled') === undefined && resource.isComplete ? [{
    location: 'Properties.Enabled',
    message: resource.type === CRL ? 'the list is imported disabled, and revokes nothing, because Enabled is left out' : 'it is made disabled, because Enabled is left out',
  }] : []),
};
