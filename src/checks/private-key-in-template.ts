/** RA202: a private key in the template, where certificates or a revocation list should be. */
import { knownText, textsIn } from './model/deferred';
import { CRL, Rule, Source, TRUST_ANCHOR } from './model/rule';

export const privateKeyInTemplate: Rule = {
  id: 'RA202',
  name: 'private-key-in-template',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR, CRL],
  finds: 'A private key stands in a trust anchor or revocation list. It is never shown.',
  why: 'Templates are kept in version control, in buckets and in CloudFormation, for many to read. Who has the key of a CA gets every role that trusts it.',
  fix: 'remove the key from the file that the data comes from, and replace it: whoever could read the template has it',
  source: Source.TRUST_MODEL,
  check: (resource) => [...textsIn(resource.properties, 'Properties')]
    .filter(({ text }) => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(knownText(text)))
    .map(({ place }) => ({ location: place, message: 'it holds a private key' })),
};
