/** RA109: a condition that compares with a value that no session tag can have. */
import { ROLE, Rule, Source } from './model/rule';
import { conditionLocation, trustingStatements } from './model/trust-policies';
import { tagValueProblem } from '../trust-model/session-tags';
import { certificateAttribute, TrustCondition } from '../trust-model/trust-conditions';

export const impossibleTagValue: Rule = {
  id: 'RA109',
  name: 'impossible-tag-value',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A condition compares an attribute of the certificate with a value of more than 256 characters, or with characters that no session tag has, such '
    + 'as ( ) & , \' *. It is a warning where other values are left.',
  why: 'The attributes of a certificate arrive as session tags. The condition never holds, and sessions of certificates with such an attribute fail as a whole.',
  fix: 'condition on another attribute, and leave this one out of the attribute mappings of the profile; wildcards need StringLike',
  source: Source.SESSION_TAGS,
  check: (role) => trustingStatements(role).flatMap((statement) => statement.restricting.flatMap((condition) => {
    const problems = condition.values.flatMap((value) => problemOf(condition, value) ?? []);
    return problems.length === 0 ? [] : [{
      location: conditionLocation(statement, condition),
      severity: problems.length === condition.values.length ? 'error' as const : 'warning' as const,
      message: `no certificate can have ${problems.join(' or ')}`,
    }];
  })),
};

/** Policy variables stand for what is not known here. */
function problemOf({ operator, spelling }: TrustCondition, value: unknown): string | undefined {
  if (certificateAttribute(spelling) === undefined || typeof value !== 'string' || value.includes('${')) {
    return undefined;
  }
  const problem = tagValueProblem(operator.endsWith('Like') ? value.replace(/[*?]/g, '') : value);
  return problem && `${JSON.stringify(value)} as ${spelling}: ${problem}`;
}
