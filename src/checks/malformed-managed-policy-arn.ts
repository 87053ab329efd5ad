/** RA306: managed policies of a profile that are named by something that is no ARN of one. */
import { CompositeText, PseudoParameter, TextPart } from './model/deferred';
import { PROFILE, Rule, Source } from './model/rule';
import { MANAGED_POLICY_ARN } from '../trust-model/limits';
import { asList } from '../trust-model/policy-json';

export const malformedManagedPolicyArn: Rule = {
  id: 'RA306',
  name: 'malformed-managed-policy-arn',
  severity: 'error',
  resourceTypes: [PROFILE],
  finds: 'ManagedPolicyArns of a profile has something that is not the ARN of a managed policy: a name, or the ARN of a role.',
  why: 'The service refuses the profile, or every login through it.',
  fix: 'give an ARN such as arn:aws:iam::aws:policy/ReadOnlyAccess, with the partition of the stack (AWS::Partition)',
  source: Source.CREATE_PROFILE,
  check: (profile) => asList(profile.property('ManagedPolicyArns') ?? []).flatMap((arn, i) => {
    const text = exampleOf(arn);
    return text === undefined || MANAGED_POLICY_ARN.test(text) ? [] : [{
      location: `Properties.ManagedPolicyArns[${i}]`,
      message: `${JSON.stringify(text)} is not the ARN of a managed policy`,
    }];
  }),
};

/** The ARN as it will be in some account; undefined where too little of it is known. */
function exampleOf(arn: unknown): string | undefined {
  const parts = arn instanceof CompositeText ? arn.parts.map(exampleOfPart) : [arn];
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

function exampleOfPart(part: TextPart): string | undefined {
  if (typeof part === 'string') {
    return part;
  }
  return part instanceof PseudoParameter ? { 'AWS::Partition': 'aws', 'AWS::AccountId': '123456789012' }[part.name] : undefined;
}
