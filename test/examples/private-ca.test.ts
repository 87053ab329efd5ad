import { Template } from 'aws-cdk-lib/assertions';
import { PrivateCaStack } from '../../examples/private-ca/private-ca-stack';
import { RolesAnywhereSimulator } from '../../src/simulator';
import { expectSound } from '../support/examples';
import { createRootCa, issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

/** What cdk-nag cannot see: calls that know no resource, permissions bound by tag, and delivery of logs. */
const ACKNOWLEDGED = [
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  'IAM5[Resource::*]',
  'IAM5[Resource::arn:<AWS::Partition>:rolesanywhere:<AWS::Region>:<AWS::AccountId>:crl/*]',
];

test('a host with a certificate for backups gets in, and no other', async () => {
  const ca = await createRootCa('O=Example, CN=Example Hosts Root');
  const template = Template.fromStack(new PrivateCaStack(strictApp(), 'PrivateCa'));
  // The certificate of the CA is known once it is deployed.
  const simulator = RolesAnywhereSimulator.fromTemplate(template, { caCertificates: { PkiTrustAnchor: ca.pem } });
  const decide = async (subject: string) => simulator.createSession({ certificate: (await issueHost(ca, subject)).pem }).allowed;
  expect([await decide('O=Example, OU=Backup, CN=backup01'), await decide('O=Example, OU=Web, CN=web01')]).toEqual([true, false]);
});

test('whoever issues certificates for hosts cannot make a CA', () => {
  const template = Template.fromStack(new PrivateCaStack(strictApp(), 'PrivateCa'));
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const issuing = statements.filter(({ Action }) => [Action].flat().includes('acm-pca:IssueCertificate'));
  expect(issuing.map(({ Condition }) => JSON.stringify(Condition))).toEqual([expect.stringMatching(/^\{"StringEquals":\{"acm-pca:TemplateArn":[^,]*"Fn::Join"[^*]*EndEntityClientAuthCertificate/)]);
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  expectSound((app) => new PrivateCaStack(app, 'PrivateCa'), ACKNOWLEDGED);
});
