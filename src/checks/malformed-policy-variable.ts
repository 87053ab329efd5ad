/** RA108: something in a policy that was meant to be a policy variable and is none. */
import { isKnownObject, knownText, textsIn } from './model/deferred';
import { POLICY_TYPES, policiesIn } from './model/permissions';
import type { Resource } from './model/resource';
import { PROFILE, ROLE, Rule, Source } from './model/rule';
import { sessionPolicyOf } from './model/session-policies';
import { trustPolicyOf } from './model/trust-policies';
import { parseTemplate } from '../trust-model/policy-variables';

export const malformedPolicyVariable: Rule = {
  id: 'RA108',
  name: 'malformed-policy-variable',
  severity: 'error',
  resourceTypes: [ROLE, PROFILE, ...POLICY_TYPES],
  finds: 'A policy of a role or profile has a policy variable on a key of aws: or sts: that is misspelled, such as $(aws:PrincipalTag/x509Subject/CN}, or that '
    + 'the Version of the policy does not have.',
  why: 'IAM takes it for plain text, which nothing matches: an Allow never applies, and neither does a Deny.',
  fix: 'write ${aws:PrincipalTag/x509Subject/CN}, with braces and without blanks, in a policy of Version 2012-10-17',
  source: Source.POLICY_VARIABLES,
  check: (resource) => documentsIn(resource).flatMap(({ document, location }) => [...textsIn(statementsIn(document), `${location}.Statement`)]
    .flatMap(({ text, place }) => {
      const problem = problemOf(knownText(text), isKnownObject(document) && document.Version === '2012-10-17');
      return problem === undefined ? [] : [{ location: place, message: problem }];
    })),
};

function documentsIn(resource: Resource): Array<{ readonly document: unknown; readonly location: string }> {
  switch (resource.type) {
    case PROFILE: return [{ document: sessionPolicyOf(resource)?.document, location: 'Properties.SessionPolicy' }];
    case ROLE: return [{ document: trustPolicyOf(resource), location: 'Properties.AssumeRolePolicyDocument' }, ...policiesIn(resource)];
    default: return policiesIn(resource);
  }
}

function statementsIn(document: unknown): unknown {
  return isKnownObject(document) ? document.Statement : undefined;
}

/** A variable on one of these keys. */
const KEY = '(?:aws|sts):[^\\s{}()]*';

const MISSPELLED: readonly RegExp[] = [
  new RegExp(`\\$[(\\[<]\\s*${KEY}.?`, 'i'),
  new RegExp(`(?<![$!])\\{\\s*${KEY}\\}`, 'i'),
  new RegExp(`\\$\\s+\\{\\s*${KEY}.?`, 'i'),
  new RegExp(`\\$\\{![^}]*${KEY}\\}?`, 'i'),
  // Without an end.
  /\$\{\s*(?:aws|sts):[^}]*$/i,
];

const VARIABLE = new RegExp(`\\$\\{\\s*${KEY}[^}]*\\}`, 'gi');

function problemOf(text: string, hasVariables: boolean): string | undefined {
  const misspelled = MISSPELLED.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined)
    ?? (text.match(VARIABLE) ?? []).find((variable) => typeof parseTemplate(variable, true) === 'string');
  if (misspelled !== undefined) {
    return `${JSON.stringify(misspelled)} is no policy variable, and stands for itself`;
  }
  const [variable] = hasVariables ? [] : text.match(VARIABLE) ?? [];
  return variable && `${variable} is plain text, because the policy does not have Version 2012-10-17`;
}
