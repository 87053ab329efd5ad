import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FleetStack, FleetStackProps } from '../../examples/fleet/fleet-stack';
import { RolesAnywhereSimulator } from '../../src/simulator';
import { allows } from '../support/permissions';
import { createRootCa, Issued, issueHost } from '../support/pki';
import { strictApp, warnings } from '../support/stack';

let folder: string;
let root: Issued;
let props: FleetStackProps;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  root = await createRootCa('CN=Root');
  props = { caCertificate: join(folder, 'root.pem'), hosts: ['web01.example.com', 'web02.example.com'], trailLogGroup: 'trail' };
  writeFileSync(props.caCertificate, root.pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a host reads, writes and lists what is its own, and nothing else', async () => {
  const template = Template.fromStack(new FleetStack(strictApp(), 'Fleet', props));
  const { pem } = await issueHost(root, 'CN=web01.example.com');
  const { session } = RolesAnywhereSimulator.fromTemplate(template).createSession({ certificate: pem });
  const [roleId] = Object.keys(template.findResources('AWS::IAM::Role'));
  const [bucketId] = Object.keys(template.findResources('AWS::S3::Bucket'));
  const may = (action: string, key: string) => allows(template, roleId, { tags: session!.tags, action, resource: `arn:${bucketId}/${key}` });
  const mayList = (prefix: string) => allows(template, roleId, {
    tags: session!.tags, action: 's3:ListBucket', resource: `arn:${bucketId}`, context: { 's3:prefix': prefix },
  });
  expect(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].map((action) => may(action, 'hosts/web01.example.com/a'))).toEqual([true, true, false]);
  expect(['s3:GetObject', 's3:PutObject'].map((action) => may(action, 'hosts/web02.example.com/a'))).toEqual([false, false]);
  expect(['hosts/web01.example.com/', 'hosts/web02.example.com/', 'hosts/', ''].map(mayList)).toEqual([true, false, false, false]);
});

test('a host that is not listed stays out', async () => {
  const template = Template.fromStack(new FleetStack(strictApp(), 'Fleet', props));
  const { pem } = await issueHost(root, 'CN=web03.example.com');
  expect(RolesAnywhereSimulator.fromTemplate(template).createSession({ certificate: pem }).failedStep?.id).toBe('trust-policy-assume-role');
});

test('passes strict template validation and cdk-nag without warnings', () => {
  const app = strictApp();
  const stack = new FleetStack(app, 'Fleet', props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // Objects below a folder of the host's own.
  Validations.of(stack).acknowledge({
    id: 'AwsSolutions::AwsSolutions-IAM5[Resource::<Bucket83908E77.Arn>/hosts/<aws:PrincipalTag/x509Subject/CN>/*]', reason: 'the folder of a host',
  });
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
