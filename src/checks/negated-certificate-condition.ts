/** RA107: conditions on certificate attributes that also hold for certificates without the attribute. */
import { ROLE, Rule, Source } from './model/rule';
import { conditionLocation, TrustingStatement, trustingStatements } from './model/trust-policies';
import { negatedCertificateConditions, TrustCondition } from '../trust-model/trust-conditions';

export const negatedCertificateCondition: Rule = {
  id: 'RA107',
  name: 'negated-certificate-condition',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'A statement that allows uses StringNotEquals, StringNotLike, ...IfExists or ForAllValues on an attribute of the certificate that nothing else '
    + 'requires to be there.',
  why: 'Such an operator is true where the key is missing: a certificate without the attribute, or one whose value cannot be a session tag, gets in.',
  fix: 'name what is allowed instead (StringEquals, StringLike), and put what is forbidden into a Deny statement',
  source: Source.CONDITION_OPERATORS,
  check: (role) => trustingStatements(role).flatMap((statement) => negatedCertificateConditions(statement.conditions)
    .filter((condition) => !isRequired(statement, condition))
    .map((condition) => ({
      location: conditionLocation(statement, condition),
      message: `${condition.operator} on ${condition.spelling} also holds for certificates that lack the attribute`,
    }))),
};

/** Whether the attribute has to be there for another reason. */
function isRequired({ conditions, restricting }: TrustingStatement, { key }: TrustCondition): boolean {
  return restricting.some((other) => other.key === key)
    || conditions.some((other) => other.key === key && other.operator === 'Null' && other.values.every((value) => String(value) === 'false'));
}
