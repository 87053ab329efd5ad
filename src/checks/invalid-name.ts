/** RA602: names with characters that the service does not take. */
import { CRL, PROFILE, Rule, Source, TRUST_ANCHOR } from './model/rule';
import { MAX_NAME_LENGTH, NAME_ALPHABET } from '../trust-model/limits';

export const invalidName: Rule = {
  id: 'RA602',
  name: 'invalid-name',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR, PROFILE, CRL],
  finds: 'The name of a trust anchor, profile or revocation list has other characters than letters, digits, blanks, hyphens and underscores, such as the dots of '
    + `a host name, or more than ${MAX_NAME_LENGTH}.`,
  why: 'The service refuses it, and the deployment is rolled back.',
  fix: 'replace the dots of a host name by hyphens',
  source: Source.CREATE_PROFILE,
  check: (resource) => {
    const name = resource.text('Name');
    return name === undefined || (name.length <= MAX_NAME_LENGTH && NAME_ALPHABET.test(name)) ? [] : [{
      location: 'Properties.Name',
      message: `the name ${JSON.stringify(name)} is not allowed`,
    }];
  },
};
