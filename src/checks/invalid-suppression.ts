/** RA604: suppressions of these rules that say no reason, or name no rule. */
import { Rule } from './model/rule';
import { statedSuppressions, usableSuppression } from './model/suppressions';
import { SUPPRESSIONS_KEY } from '../private/metadata-keys';

export const invalidSuppression: Rule = {
  id: 'RA604',
  name: 'invalid-suppression',
  severity: 'error',
  finds: `A suppression in the metadata of a resource (${SUPPRESSIONS_KEY}) has no reason, or names a rule that does not exist. It has no effect.`,
  why: 'A finding that nobody answers for is a finding.',
  fix: 'say why the finding is acceptable here, or remove the suppression; RolesAnywhereChecks.suppress() writes it as it should be',
  source: 'this library',
  check: (resource, _app, rules) => statedSuppressions(resource).flatMap(([id, stated]) => {
    const problem = !rules.some((rule) => rule.id === id) ? 'there is no such rule' : usableSuppression(stated) ? undefined : 'it has no reason';
    return problem === undefined ? [] : [{ location: `Metadata.${SUPPRESSIONS_KEY}`, message: `the suppression of ${JSON.stringify(id)} has no effect: ${problem}` }];
  }),
};
