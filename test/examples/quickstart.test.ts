import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { QuickstartStack } from '../../examples/quickstart/quickstart-stack';
import { createRootCa } from '../support/pki';
import { strictApp, warnings } from '../support/stack';

const ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

let folder: string;
let caCertificate: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quickstart-'));
  caCertificate = join(folder, 'root.pem');
  writeFileSync(caCertificate, (await createRootCa('C=AU, O=Example, CN=Root')).pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('each role has one trust statement an alternative, scoped to anchor and subject, and nothing else trusts the service', () => {
  const template = Template.fromStack(new QuickstartStack(strictApp(), 'Quickstart', { caCertificate }));
  const [anchorId] = Object.keys(template.findResources('AWS::RolesAnywhere::TrustAnchor'));
  const roles = Object.entries(template.findResources('AWS::IAM::Role'));
  const trust = (commonName: string) => [{
    Effect: 'Allow',
    Principal: { Service: 'rolesanywhere.amazonaws.com' },
    Action: ACTIONS,
    Condition: {
      ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [anchorId, 'TrustAnchorArn'] } },
      StringEquals: { 'aws:PrincipalTag/x509Subject/CN': commonName, 'aws:PrincipalTag/x509Subject/OU': 'SecOps' },
    },
  }];
  expect(roles.map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties.AssumeRolePolicyDocument.Statement])).toEqual([
    ['Uploader', trust('onprem01')],
    ['Reader', trust('onprem02')],
  ]);
});

test('passes strict template validation and cdk-nag without warnings', () => {
  const app = strictApp();
  const stack = new QuickstartStack(app, 'Quickstart', { caCertificate });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // The wildcards of the grants of aws-s3, on objects below one prefix.
  for (const wildcard of ['Action::s3:Abort*', 'Action::s3:GetObject*', 'Action::s3:GetBucket*', 'Action::s3:List*', 'Resource::<Bucket83908E77.Arn>/uploads/*']) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[${wildcard}]`, reason: 'grants of aws-s3' });
  }
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
