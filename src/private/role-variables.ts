/** Finds the policy variables on certificate attributes in a role's permissions, and those among them that can never have a value. */
import { aws_iam as iam, CfnElement, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { AttributeMappingRule, CertificateField, isMapped } from '../trust-model/session-tags';

/**
 * Says what is wrong with the policy variables on certificate attributes in the permissions that are made at or below a construct, a role or a
 * policy: an attribute that the profile does not map, or text that looks like a variable and is none. Policies of buckets, keys and the like
 * are not looked at.
 */
export function checkPolicyVariables(scope: IConstruct, mappings: readonly AttributeMappingRule[]): string[] {
  const texts = policiesOf(scope).flatMap((policy) => [...textsOf(policy, false)]);
  return [...new Set(texts.flatMap((text) => faultsOf(text, mappings)))].map((fault) => `the permissions of ${scope.node.path} ${fault}`);
}

/** Policies that CloudFormation makes of a construct. */
function policiesOf(scope: IConstruct): unknown[] {
  return scope.node.findAll().filter(CfnElement.isCfnElement).flatMap((element) => {
    if (iam.CfnRole.isCfnRole(element)) {
      return element.policies === undefined ? [] : [Stack.of(element).resolve(element.policies)];
    }
    return iam.CfnPolicy.isCfnPolicy(element) || iam.CfnManagedPolicy.isCfnManagedPolicy(element)
      ? [Stack.of(element).resolve(element.policyDocument)]
      : [];
  });
}

interface PolicyText {
  readonly text: string;
  /** Whether CloudFormation reads `${...}` in it first. */
  readonly inSub: boolean;
}

/** Every text in a resolved policy but the keys of conditions, which are no variables. */
function* textsOf(value: unknown, inSub: boolean): Generator<PolicyText> {
  if (typeof value === 'string') {
    yield { text: value, inSub };
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      yield* textsOf(member, inSub || key === 'Fn::Sub');
    }
  }
}

const VARIABLE = /\$\{(!?)\s*aws:PrincipalTag\/(x509(?:Subject|Issuer|SAN))\/([^},]*)[^}]*\}/gi;
const MENTION = /aws:PrincipalTag\/x509/i;

function faultsOf({ text, inSub }: PolicyText, mappings: readonly AttributeMappingRule[]): string[] {
  const faults = [...text.matchAll(VARIABLE)].flatMap(([variable, escape, field, specifier]) => {
    if (inSub !== (escape === '!')) {
      return [inSub
        ? `have ${variable} in the text of Fn::Sub, which takes it for its own; use policyVariableInSub of SessionTag`
        : `have ${variable} outside of Fn::Sub, where the "!" makes it no variable; use policyVariable of SessionTag`];
    }
    return isMappedField(mappings, field, specifier) ? [] : [
      `have ${variable}, and the profile's attribute mappings drop this attribute: such a statement never applies. Map it, or use another one`,
    ];
  });
  return MENTION.test(text.replace(VARIABLE, '')) ? [...faults, notAVariable(text)] : faults;
}

function notAVariable(text: string): string {
  return `name a session tag in ${JSON.stringify(text)}, which is no policy variable, so that the statement never applies; use SessionTag rather than type it`;
}

/** Policies do not mind the case of keys. */
function isMappedField(mappings: readonly AttributeMappingRule[], field: string, specifier: string): boolean {
  const documented = (['x509Subject', 'x509Issuer', 'x509SAN'] as CertificateField[]).find((name) => name.toLowerCase() === field.toLowerCase())!;
  return isMapped(mappings, documented, specifier.trim());
}
