/** Evaluates what a synthesised role lets a session do, with the project's own reading of patterns and policy variables. */
import { Template } from 'aws-cdk-lib/assertions';
import { RequestContext } from '../../src/trust-model/policy-context';
import { parseTemplate, resolveTemplate } from '../../src/trust-model/policy-variables';
import { WildcardPattern } from '../../src/trust-model/wildcards';

/** What a session is known by, and what it asks for. */
export interface PermissionRequest {
  /** Session tags by key: `x509Subject/CN`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly action: string;
  readonly resource: string;
  /** Further condition keys. @default - none */
  readonly context?: Readonly<Record<string, string>>;
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws', 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '111122223333', 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': 'Stack',
};

/** A value of a template as text: logical ids stand for what CloudFormation would make of them, `arn:<logical id>` for ARNs. */
export function textOf(value: any): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value?.Ref) {
    return PSEUDO_PARAMETERS[value.Ref] ?? value.Ref;
  }
  if (value?.['Fn::GetAtt']) {
    return `arn:${value['Fn::GetAtt'][0]}`;
  }
  if (value?.['Fn::Join']) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map(textOf).join(separator);
  }
  throw new Error(`not a text: ${JSON.stringify(value)}`);
}

/** Whether the policies of a role allow something. Policies of resources are not looked at. */
export function allows(template: Template, roleId: string, request: PermissionRequest): boolean {
  const statements = statementsOf(template, roleId);
  const matching = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return matching.includes('Allow') && !matching.includes('Deny');
}

function statementsOf(template: Template, roleId: string): any[] {
  const inline = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((role: any) => role.Ref === roleId));
  const attached: any[] = template.findResources('AWS::IAM::Role')[roleId].Properties.ManagedPolicyArns ?? [];
  const managed = attached.filter(({ Ref }) => Ref).map(({ Ref }) => template.findResources('AWS::IAM::ManagedPolicy')[Ref]);
  return [...inline, ...managed].flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function applies({ Action, Resource, Condition = {} }: any, { tags, action, resource, context = {} }: PermissionRequest): boolean {
  const values = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
  const matches = (patterns: any, text: string) => [patterns].flat().some((pattern) => matchesPattern(textOf(pattern), text, values));
  const conditions = Object.entries<Record<string, any>>(Condition).flatMap(([operator, block]) => {
    if (operator !== 'StringLike') {
      throw new Error(`${operator} is not evaluated here`);
    }
    return Object.entries(block);
  });
  return [Action].flat().some((pattern) => WildcardPattern.of(pattern.toLowerCase()).matches(action.toLowerCase()))
    && matches(Resource, resource)
    && conditions.every(([key, patterns]) => context[key] !== undefined && matches(patterns, context[key]));
}

/** A variable without a value makes the pattern match nothing. */
function matchesPattern(pattern: string, text: string, values: Readonly<Record<string, string>>): boolean {
  const parsed = parseTemplate(pattern, true);
  if (typeof parsed === 'string') {
    throw new Error(parsed);
  }
  const resolution = resolveTemplate(parsed, new RequestContext(values));
  return resolution.kind === 'resolved'
    && new WildcardPattern(resolution.parts.map(({ origin, text: part }) => ({ text: part, wildcards: origin === 'written' }))).matches(text);
}
