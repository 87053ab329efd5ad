/** RA106: an older, wider statement that stands beside a bound one and makes it pointless. */
import { ROLE, Rule } from './model/rule';
import { leftoverStatements, statementLocation } from './model/trust-policies';

export const leftoverStatement: Rule = {
  id: 'RA106',
  name: 'leftover-statement',
  severity: 'error',
  resourceTypes: [ROLE],
  finds: 'Beside a statement that is bound to a trust anchor or to certificates stands another one that asks for less of the same.',
  why: 'Statements are alternatives: the wider one lets in whom the bound one keeps out. assumedBy writes an unconditional statement, and what is added '
    + 'to the policy afterwards does not replace it.',
  fix: 'remove the wider statement: give assumedBy a RolesAnywherePrincipal instead of adding a statement to what iam.ServicePrincipal wrote',
  source: '[aws/aws-cdk#38780](https://github.com/aws/aws-cdk/issues/38780)',
  check: (role) => leftoverStatements(role).map((statement) => ({
    location: statementLocation(statement),
    message: `the statement ${statement.conditions.length === 0 ? 'has no condition' : 'asks for less than another one'}, so that the bound statement beside it `
      + 'keeps nobody out',
  })),
};
