/** RA307: conditions of a role on attributes that the profile does not map. */
import { mappingsOf, rolesOf } from './model/profiles';
import { PROFILE, Rule, Source } from './model/rule';
import { trustOf } from './model/trust-policies';
import { droppedAttributes } from '../trust-model/trust-statements';

export const unmappedAttribute: Rule = {
  id: 'RA307',
  name: 'unmapped-attribute',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'The trust policy of a role that a profile lists asks for an attribute of the certificate that the attribute mappings of the profile drop. It is a '
    + 'warning where the role has statements that do not.',
  why: 'What is not mapped becomes no session tag, so that the condition never holds: every login is refused.',
  fix: 'map the attribute in the profile, or condition on one that is mapped',
  source: Source.ATTRIBUTE_MAPPING,
  check: (profile) => {
    const mappings = mappingsOf(profile);
    return !mappings ? [] : rolesOf(profile).filter(({ role }) => trustOf(role).complete).flatMap(({ role, location }) => {
      const { attributes, everyStatement } = droppedAttributes(trustOf(role).statements, mappings);
      return attributes.length === 0 ? [] : [{
        location,
        severity: everyStatement ? 'error' as const : 'warning' as const,
        message: `the role ${role.logicalId} has conditions on ${attributes.join(', ')}, which the profile does not map: `
          + `${everyStatement ? 'no host can use the role through this profile' : 'these statements never apply through this profile'}`,
      }];
    });
  },
};
