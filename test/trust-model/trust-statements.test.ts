/** What trust policies say to Roles Anywhere, and when that cannot be told before a deployment. */
import { coversAction, droppedAttributes, missingTrustActions, readTrustPolicy, TRUST_ACTIONS } from '../../src/trust-model/trust-statements';

const SERVICE = { Service: 'rolesanywhere.amazonaws.com' };
const policy = (...statements: unknown[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (more: object = {}) => ({ Effect: 'Allow', Principal: SERVICE, Action: TRUST_ACTIONS, ...more });

test('statements for the service are read, wherever they stand among others', () => {
  const condition = { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'a' }, StringNotEquals: { 'aws:PrincipalTag/x509Subject/OU': 'b' } };
  const { statements, complete } = readTrustPolicy(policy(
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    { Effect: 'Deny', Principal: '*', Action: '*' },
    allow({ Condition: condition }),
    allow({ Principal: '*', Action: 'sts:TagSession' }),
  ));
  expect(complete).toBe(true);
  expect(statements).toMatchObject([
    { index: 2, namesService: true, assumesRole: true, requiredAttributes: ['x509Subject/CN'], condition },
    { index: 3, namesService: false, assumesRole: false, requiredAttributes: [] },
  ]);
  expect(statements[0].conditions).toHaveLength(2);
});

test('a statement that stands alone has no place in a list', () => {
  expect(readTrustPolicy({ Statement: allow() })).toMatchObject({ complete: true, statements: [{ index: undefined }] });
});

test.each([
  ['the policy', { 'Fn::If': ['A', {}, {}] }],
  ['no policy', undefined],
  ['the list of statements', { Statement: { 'Fn::If': ['A', [], []] } }],
  ['a statement', policy({ 'Fn::If': ['A', allow(), { Ref: 'AWS::NoValue' }] })],
  ['an effect', policy(allow({ Effect: { Ref: 'A' } }))],
  ['a principal', policy(allow({ Principal: { 'Fn::If': ['A', SERVICE, '*'] } }))],
  ['a service', policy(allow({ Principal: { Service: { 'Fn::Join': ['', ['a', { Ref: 'B' }]] } } }))],
  ['an action', policy(allow({ Action: ['sts:AssumeRole', { Ref: 'A' }] }))],
  ['what is negated', policy({ Effect: 'Allow', NotPrincipal: { AWS: '1' }, Action: 'sts:AssumeRole' })],
])('%s that only a deployment knows makes the reading incomplete', (_, given) => {
  expect(readTrustPolicy(given)).toEqual({ statements: [], complete: false });
});

test('what is known stands beside what is not', () => {
  expect(readTrustPolicy(policy(allow(), { Ref: 'A' }))).toMatchObject({ statements: [{ index: 0 }], complete: false });
  const { statements: [statement], complete } = readTrustPolicy(policy(allow({ Condition: { 'Fn::If': ['A', {}, {}] } })));
  expect([complete, statement.conditions, statement.requiredAttributes]).toEqual([true, undefined, []]);
});

test('actions are covered by patterns, whatever their case', () => {
  expect(coversAction('STS:assume*', 'sts:AssumeRole')).toBe(true);
  expect(coversAction('sts:TagSession', 'sts:AssumeRole')).toBe(false);
  const { statements } = readTrustPolicy(policy(allow({ Action: 'sts:Assume*' }), allow({ Action: ['sts:tagsession'] })));
  expect(missingTrustActions(statements)).toEqual(['sts:SetSourceIdentity']);
});

test('attributes that a profile drops are found, with whether a statement is left', () => {
  const on = (key: string) => allow({ Condition: { StringEquals: { [`aws:PrincipalTag/${key}`]: 'a' } } });
  const mappings = [{ certificateField: 'x509Subject' as const, specifiers: ['CN'] }];
  const dropped = (...keys: string[]) => droppedAttributes(readTrustPolicy(policy(...keys.map(on))).statements, mappings);
  expect(dropped('x509Subject/CN')).toEqual({ attributes: [], everyStatement: false });
  expect(dropped('x509Subject/OU', 'x509SAN/DNS')).toEqual({ attributes: ['x509Subject/OU', 'x509SAN/DNS'], everyStatement: true });
  expect(dropped('X509subject/CN', 'x509Subject/OU')).toEqual({ attributes: ['x509Subject/OU'], everyStatement: false });
});
