import { aws_iam as iam, Lazy, Stack } from 'aws-cdk-lib';
import { CertificateCondition, Issuer, RolesAnywherePrincipal, Subject, TrustAnchor } from '../src';
import { errorCode, errorOf, newStack, trustStatements, warnings } from './support/stack';

const ARN = 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/11111111-1111-1111-1111-111111111111';
const OTHER_ARN = ARN.replace(/1$/, '2');
const ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
const PRINCIPAL = { Service: 'rolesanywhere.amazonaws.com' };

function setUp(certificate: CertificateCondition, arns = [ARN]): { stack: Stack; principal: RolesAnywherePrincipal } {
  const stack = newStack();
  const trustAnchors = arns.map((arn, i) => TrustAnchor.fromTrustAnchorArn(stack, `Anchor${i}`, arn));
  return { stack, principal: new RolesAnywherePrincipal({ trustAnchors, certificate }) };
}

const onprem01 = Subject.commonName('onprem01');
const scoped = (commonName: string) => ({
  Effect: 'Allow',
  Principal: PRINCIPAL,
  Action: ACTIONS,
  Condition: { ArnEquals: { 'aws:SourceArn': ARN }, StringEquals: { 'aws:PrincipalTag/x509Subject/CN': commonName } },
});

test('no statement is left over beside the scoped one', () => {
  const { stack, principal } = setUp(onprem01);
  new iam.Role(stack, 'Role', { assumedBy: principal });
  expect(trustStatements(stack)).toEqual([scoped('onprem01')]);
});

test('each alternative is one statement with all three actions, the trust anchor and the condition', () => {
  const { stack, principal } = setUp(CertificateCondition.anyOf(onprem01, Subject.commonName('onprem02')));
  new iam.Role(stack, 'Role', { assumedBy: principal });
  expect(trustStatements(stack)).toEqual([scoped('onprem01'), scoped('onprem02')]);
});

test('what it was made from can change afterwards without changing it', () => {
  const stack = newStack();
  const trustAnchors = [TrustAnchor.fromTrustAnchorArn(stack, 'Anchor', ARN)];
  const principal = new RolesAnywherePrincipal({ trustAnchors, certificate: onprem01 });
  trustAnchors.pop();
  new iam.Role(stack, 'Role', { assumedBy: principal });
  expect(trustStatements(stack)).toEqual([scoped('onprem01')]);
});

test('several trust anchors are alternatives of one condition on aws:SourceArn', () => {
  const { stack, principal } = setUp(onprem01, [ARN, OTHER_ARN, ARN]);
  new iam.Role(stack, 'Role', { assumedBy: principal });
  expect(trustStatements(stack)[0].Condition.ArnEquals).toEqual({ 'aws:SourceArn': [ARN, OTHER_ARN] });
});

test('inside a CompositePrincipal it keeps its conditions to itself', () => {
  const { stack, principal } = setUp(onprem01);
  new iam.Role(stack, 'Role', { assumedBy: new iam.CompositePrincipal(new iam.ServicePrincipal('ec2.amazonaws.com'), principal) });
  expect(trustStatements(stack)).toEqual([
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    scoped('onprem01'),
  ]);
});

test('withSessionTags adds nothing, as the actions are all there, and loses none', () => {
  const { stack, principal } = setUp(onprem01);
  new iam.Role(stack, 'Role', { assumedBy: principal.withSessionTags() });
  expect(trustStatements(stack)).toEqual([scoped('onprem01')]);
});

test('external ids are added to the statement', () => {
  const { stack, principal } = setUp(onprem01);
  new iam.Role(stack, 'Role', { assumedBy: principal, externalIds: ['x'] });
  expect(trustStatements(stack)[0].Condition).toEqual({
    ArnEquals: { 'aws:SourceArn': ARN },
    StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01', 'sts:ExternalId': 'x' },
  });
});

describe('withConditions', () => {
  const accountCondition = { StringEquals: { 'aws:SourceAccount': '111122223333' } };

  test.each<[string, (principal: RolesAnywherePrincipal) => iam.IPrincipal]>([
    ['the method', (principal) => principal.withConditions(accountCondition)],
    ['the class of aws-iam', (principal) => new iam.PrincipalWithConditions(principal, accountCondition)],
  ])('by %s adds to the conditions', (_how, narrow) => {
    const { stack, principal } = setUp(onprem01);
    new iam.Role(stack, 'Role', { assumedBy: narrow(principal) });
    expect(trustStatements(stack)).toEqual([{
      ...scoped('onprem01'),
      Condition: {
        ArnEquals: { 'aws:SourceArn': ARN },
        StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'onprem01', 'aws:SourceAccount': '111122223333' },
      },
    }]);
  });

  test('adds to every alternative, also when called twice', () => {
    const { stack, principal } = setUp(CertificateCondition.anyOf(onprem01, Subject.commonName('onprem02')));
    new iam.Role(stack, 'Role', {
      assumedBy: principal.withConditions(accountCondition).withConditions({ StringLike: { 'aws:PrincipalTag/x509Subject/OU': 'Sec*' } }),
    });
    for (const { Condition } of trustStatements(stack)) {
      expect(Condition).toMatchObject({ ...accountCondition, StringLike: { 'aws:PrincipalTag/x509Subject/OU': 'Sec*' } });
    }
  });

  test.each<[string, (principal: RolesAnywherePrincipal, conditions: iam.Conditions) => unknown]>([
    ['the method', (principal, conditions) => principal.withConditions(conditions)],
    ['the class of aws-iam', (principal, conditions) => new iam.Role(newStack(), 'Role', {
      assumedBy: new iam.PrincipalWithConditions(principal, conditions),
    })],
  ])('by %s never overwrites a condition with the same operator and key', (_how, narrow) => {
    const { principal } = setUp(onprem01);
    expect(errorCode(() => narrow(principal, { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'other' } }))).toBe('CONDITION_OVERWRITTEN');
    expect(errorCode(() => narrow(principal, { ArnEquals: { 'aws:sourcearn': OTHER_ARN } }))).toBe('CONDITION_OVERWRITTEN');
  });

  test('takes tokens for operators that are not in use, and refuses them for those that are', () => {
    const { stack, principal } = setUp(onprem01);
    const token = Lazy.any({ produce: () => ({ 'aws:SourceAccount': '111122223333' }) });
    new iam.Role(stack, 'Role', { assumedBy: principal.withConditions({ StringEqualsIgnoreCase: token }) });
    expect(trustStatements(stack)[0].Condition.StringEqualsIgnoreCase).toEqual({ 'aws:SourceAccount': '111122223333' });
    expect(errorCode(() => principal.withConditions({ StringEquals: token }))).toBe('CONDITION_OVERWRITTEN');
    expect(() => new iam.Role(newStack(), 'Role', { assumedBy: new iam.PrincipalWithConditions(principal, { StringEquals: token }) })).toThrow(/token/);
  });

  test('with a negative operator on a certificate attribute warns that it also holds where the attribute is missing', () => {
    const { stack, principal } = setUp(onprem01);
    new iam.Role(stack, 'Role', { assumedBy: principal.withConditions({ StringNotEquals: { 'aws:PrincipalTag/x509Subject/OU': 'Test' } }) });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:TrustPolicy.negativeOperator');
  });
});

test('the library itself writes positive operators only', () => {
  const everything = CertificateCondition.allOf(onprem01, Subject.organizationLike('E*'), Subject.country('AU'));
  const { stack, principal } = setUp(everything);
  new iam.Role(stack, 'Role', { assumedBy: principal });
  expect(Object.keys(trustStatements(stack)[0].Condition).sort()).toEqual(['ArnEquals', 'StringEquals', 'StringLike']);
});

describe('dangerous choices are loud', () => {
  test('anyCertificate warns', () => {
    const { stack, principal } = setUp(CertificateCondition.anyCertificate());
    new iam.Role(stack, 'Role', { assumedBy: principal });
    expect(trustStatements(stack)).toEqual([{
      Effect: 'Allow', Principal: PRINCIPAL, Action: ACTIONS, Condition: { ArnEquals: { 'aws:SourceArn': ARN } },
    }]);
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:TrustPolicy.anyCertificate');
  });

  test.each([
    ['a pattern that matches everything', Subject.commonNameLike('*')],
    ['the issuer alone', Issuer.commonName('Example CA')],
  ])('%s is any certificate, too', (_what, certificate) => {
    const { stack, principal } = setUp(certificate);
    new iam.Role(stack, 'Role', { assumedBy: principal });
    expect(warnings(stack).join()).toContain('cdk-roles-anywhere:TrustPolicy.anyCertificate');
  });

  test('anyCertificate that is narrowed by further conditions does not warn', () => {
    const { stack, principal } = setUp(CertificateCondition.anyCertificate());
    new iam.Role(stack, 'Role', { assumedBy: principal.withConditions({ StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' } }) });
    expect(warnings(stack)).toEqual([]);
  });

  test('no trust anchor is an error, because then any of the account would do', () => {
    expect(errorCode(() => new RolesAnywherePrincipal({ trustAnchors: [], certificate: onprem01 }))).toBe('NO_TRUST_ANCHOR');
  });

  test('anyOf of nothing is an error', () => {
    expect(errorCode(() => setUp(CertificateCondition.anyOf()))).toBe('INVALID_CONDITION');
  });
});

describe('outside a trust policy', () => {
  test('one alternative carries its conditions along', () => {
    const { principal } = setUp(onprem01);
    const statement = new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [principal] });
    expect(statement.toStatementJson().Condition).toEqual(scoped('onprem01').Condition);
  });

  test('several alternatives are refused rather than widened', () => {
    const { principal } = setUp(CertificateCondition.anyOf(onprem01, Subject.commonName('onprem02')));
    const error = errorOf(() => new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [principal] }));
    expect(error.code).toBe('PRINCIPAL_HAS_ALTERNATIVES');
  });
});
