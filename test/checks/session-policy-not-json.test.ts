import { found, profile, soundPki } from './check';

const statement = (resource: string) => `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"${resource}"}]}`;

test.each([
  ['another text', 'arn:aws:iam::aws:policy/ReadOnlyAccess', 'is not JSON text'],
  ['JSON that is cut off', statement('*').slice(0, -1), 'is not JSON text'],
  ['an object', { Version: '2012-10-17', Statement: [] }, 'is not JSON text'],
  ['JSON that is no policy', '{"Effect":"Allow"}', 'has no Statement'],
  ['a list of statements', '[]', 'has no Statement'],
  ['faulty JSON around an ARN', { 'Fn::Join': ['', ['{"Statement":[{"Resource":"', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, '}]}']] }, 'is not JSON text'],
])('finds %s', (_, policy, problem) => {
  expect(found('RA305', { Bucket: { Type: 'AWS::S3::Bucket' }, Profile: profile({ SessionPolicy: policy }) })).toMatchObject([{
    severity: 'error', on: 'Profile', at: 'Properties.SessionPolicy', message: `the session policy ${problem}`,
  }]);
});

test.each([
  ['a policy', statement('*')],
  ['a policy with an ARN of the app', { 'Fn::Sub': statement('${Bucket.Arn}/*').replace(/\$\{aws/g, '${!aws') }],
  ['a policy with a number of the app', { 'Fn::Join': ['', ['{"Statement":{"Condition":{"NumericLessThan":{"s3:max-keys":', { 'Fn::GetAtt': ['Bucket', 'N'] }, '}}}}']] }],
  ['a policy with a part that only a deployment knows', { 'Fn::Join': ['', ['{"Statement":', { 'Fn::ToJsonString': [{ Ref: 'Statements' }] }, '}']] }],
  ['a policy that only a deployment knows', { Ref: 'Policy' }],
])('is content with %s', (_, policy) => {
  expect(found('RA305', { Bucket: { Type: 'AWS::S3::Bucket' }, Profile: profile({ SessionPolicy: policy }) })).toEqual([]);
});

test('is content without one', async () => {
  expect(found('RA305', (await soundPki()).sound)).toEqual([]);
});
