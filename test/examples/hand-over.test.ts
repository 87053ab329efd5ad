import { Template } from 'aws-cdk-lib/assertions';
import { HandOverStack } from '../../examples/hand-over/hand-over-stack';
import { RolesAnywhereSimulator } from '../../src/simulator';
import { CaFile, createCaFile, expectSound } from '../support/examples';
import { allows } from '../support/permissions';
import { issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

/** A grant of aws-s3 on objects below a folder of the host's own, and the function of aws-s3-deployment, whose permissions and runtime are its own. */
const ACKNOWLEDGED = [
  'IAM5[Action::s3:Abort*]',
  'IAM5[Resource::<Backups9A29A52D.Arn>/<aws:PrincipalTag/x509Subject/CN>/*]',
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  'IAM5[Action::s3:GetObject*]',
  'IAM5[Action::s3:GetBucket*]',
  'IAM5[Action::s3:List*]',
  'IAM5[Action::s3:DeleteObject*]',
  'IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]',
  'IAM5[Resource::<KitsB7151E9C.Arn>/*]',
  'L1',
];

let ca: CaFile;
beforeAll(async () => {
  ca = await createCaFile('hand-over');
});
afterAll(() => ca.remove());

test('a host may write what is below its own name, and read nothing', async () => {
  const template = Template.fromStack(new HandOverStack(strictApp(), 'HandOver', { caCertificate: ca.path }));
  const { pem } = await issueHost(ca.root, 'OU=Backup, CN=web01');
  const { session } = RolesAnywhereSimulator.fromTemplate(template).createSession({ certificate: pem });
  const [roleId] = Object.keys(template.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('Backup'));
  const [bucketId] = Object.keys(template.findResources('AWS::S3::Bucket')).filter((id) => id.startsWith('Backups'));
  const may = (action: string, key: string) => allows(template, roleId, { tags: session!.tags, action, resource: `arn:${bucketId}/${key}` });
  expect([may('s3:PutObject', 'web01/a'), may('s3:PutObject', 'web02/a'), may('s3:GetObject', 'web01/a')]).toEqual([true, false, false]);
});

test('passes strict template validation, cdk-nag and the checks of this library without warnings', () => {
  expectSound((app) => new HandOverStack(app, 'HandOver', { caCertificate: ca.path }), ACKNOWLEDGED);
});
