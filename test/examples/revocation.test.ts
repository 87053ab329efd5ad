import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RevocationStack } from '../../examples/revocation/revocation-stack';
import { createRootCa } from '../support/pki';
import { strictApp, warnings } from '../support/stack';

/** What the rules cannot see: calls that know no resource, permissions bound by tag, and delivery of logs and traces. */
const ACKNOWLEDGED = [
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  'IAM5[Resource::*]',
  'IAM5[Resource::arn:<AWS::Partition>:rolesanywhere:<AWS::Region>:<AWS::AccountId>:crl/*]',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'revocation-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('passes strict template validation and cdk-nag without warnings', async () => {
  const caCertificate = join(folder, 'root.pem');
  writeFileSync(caCertificate, (await createRootCa('CN=Root')).pem);
  const app = strictApp();
  const stack = new RevocationStack(app, 'Revocation', { caCertificate, crlUrl: 'http://pki.example.com/root.crl' });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  ACKNOWLEDGED.forEach((finding) => Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason: 'see ACKNOWLEDGED' }));
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
