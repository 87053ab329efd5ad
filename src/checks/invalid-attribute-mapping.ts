/** RA308: attribute mappings that the service does not take. */
import { statedMappings } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { allowedSpecifiers, DEFAULT_ATTRIBUTE_MAPPINGS } from '../trust-model/session-tags';

export const invalidAttributeMapping: Rule = {
  id: 'RA308',
  name: 'invalid-attribute-mapping',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'A profile maps a specifier that does not exist, such as * of x509SAN, or a part of the certificate twice.',
  why: 'The service refuses the mapping, or the second one replaces the first.',
  fix: 'map x509Subject and x509Issuer by *, short names or object identifiers, x509SAN by DNS, URI and Name/*, each part once; or use AttributeMapping',
  source: Source.ATTRIBUTE_MAPPING,
  check: (profile) => (statedMappings(profile) ?? []).flatMap(({ certificateField, specifiers, location }, i, all) => {
    if (!DEFAULT_ATTRIBUTE_MAPPINGS.some((mapping) => mapping.certificateField === certificateField)) {
      return [{ location, message: `${certificateField} is no part of a certificate that can be mapped; x509Subject, x509Issuer and x509SAN are` }];
    }
    const isTwice = all.slice(0, i).some((earlier) => earlier.certificateField === certificateField);
    return [
      ...(isTwice ? [{ location, message: `${certificateField} is mapped twice` }] : []),
      ...specifiers.flatMap((specifier) => {
        // The service takes them for `Name/*`.
        const allowed = certificateField === 'x509SAN' && /^Name\/?$/.test(specifier) ? undefined : allowedSpecifiers(certificateField, specifier);
        return allowed === undefined ? [] : [{ location, message: `${JSON.stringify(specifier)} cannot be mapped for ${certificateField}; ${allowed} can` }];
      }),
    ];
  }),
};
