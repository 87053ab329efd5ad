import { found, role, soundPki, TemplateResource } from './check';

const FOR_FUNCTIONS = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const writer = (statement: object): TemplateResource => role([FOR_FUNCTIONS], {
  Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] } }],
});
const THIS_LIST = { 'Fn::Sub': 'arn:${AWS::Partition}:rolesanywhere:${AWS::Region}:${AWS::AccountId}:crl/${Crl.CrlId}' };
const ALL_LISTS = { 'Fn::Sub': 'arn:${AWS::Partition}:rolesanywhere:${AWS::Region}:${AWS::AccountId}:crl/*' };

test('finds a function that may write to the list', async () => {
  const { sound } = await soundPki();
  const findings = found('RA407', { ...sound, Writer: writer({ Action: ['rolesanywhere:GetCrl', 'rolesanywhere:UpdateCrl'], Resource: THIS_LIST }) });
  expect(findings).toMatchObject([{ severity: 'error', on: 'Crl', message: 'Writer may write to this list' }]);
});

test('warns of one that may write to every list', async () => {
  const { sound } = await soundPki();
  expect(found('RA407', { ...sound, Writer: writer({ Action: 'rolesanywhere:*Crl', Resource: [ALL_LISTS] }) })).toMatchObject([{ severity: 'warning', on: 'Crl' }]);
  expect(found('RA407', { ...sound, Writer: writer({ Action: 'rolesanywhere:UpdateCrl', Resource: '*' }) })).toHaveLength(1);
});

test.each([
  ['one that may only read it', { Action: 'rolesanywhere:GetCrl', Resource: THIS_LIST }],
  ['one that may write to lists of its own', { Action: 'rolesanywhere:UpdateCrl', Resource: ALL_LISTS, Condition: { StringEquals: { 'aws:ResourceTag/sync': '1' } } }],
  ['one that may write to another list', { Action: 'rolesanywhere:UpdateCrl', Resource: 'arn:aws:rolesanywhere:eu-west-1:111122223333:crl/other' }],
  ['an administrator', { Action: '*', Resource: '*' }],
])('is content with %s', async (_, statement) => {
  const { sound } = await soundPki();
  expect(found('RA407', { ...sound, Writer: writer(statement) })).toEqual([]);
});
