import { Aws, Fn, Stack } from 'aws-cdk-lib';
import { SessionTag } from '../src';
import { errorCode } from './support/stack';

test.each<[string, SessionTag, string]>([
  ['the common name', SessionTag.subjectCommonName(), 'x509Subject/CN'],
  ['a subject attribute', SessionTag.subject('OU'), 'x509Subject/OU'],
  ['a subject attribute in any case', SessionTag.subject('ou'), 'x509Subject/OU'],
  ['an attribute with a short name', SessionTag.subject('2.5.4.3'), 'x509Subject/CN'],
  ['an attribute without one', SessionTag.subject('1.3.6.1.4.1.99999.1'), 'x509Subject/1.3.6.1.4.1.99999.1'],
  ['an issuer attribute', SessionTag.issuer('CN'), 'x509Issuer/CN'],
  ['the DNS name', SessionTag.dns(), 'x509SAN/DNS'],
  ['the URI', SessionTag.uri(), 'x509SAN/URI'],
  ['a directory name', SessionTag.directoryName('CN'), 'x509SAN/Name/CN'],
])('%s has the documented key', (_what, tag, key) => {
  expect(tag.key).toBe(key);
  expect(tag.conditionKey).toBe(`aws:PrincipalTag/${key}`);
  expect(tag.policyVariable).toBe(`\${aws:PrincipalTag/${key}}`);
  expect(`${tag}`).toBe(tag.policyVariable);
});

test('CloudFormation leaves the variable alone, also in Fn::Sub', () => {
  const tag = SessionTag.subjectCommonName();
  const stack = new Stack();
  expect(stack.resolve(`${Aws.ACCOUNT_ID}/${tag}/*`)).toEqual({ 'Fn::Join': ['', [{ Ref: 'AWS::AccountId' }, '/${aws:PrincipalTag/x509Subject/CN}/*']] });
  expect(stack.resolve(Fn.sub(`\${AWS::AccountId}/${tag.policyVariableInSub}/*`))).toEqual({
    'Fn::Sub': '${AWS::AccountId}/${!aws:PrincipalTag/x509Subject/CN}/*',
  });
});

test.each(['', 'C N', 'CN}', '*', 'Name/CN'])('refuses %p, which names no attribute', (type) => {
  expect(errorCode(() => SessionTag.subject(type))).toBe('INVALID_CONDITION');
});
