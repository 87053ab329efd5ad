import { Template } from 'aws-cdk-lib/assertions';
import { VpcEndpointStack, VpcEndpointStackProps } from '../../examples/vpc-endpoint/vpc-endpoint-stack';
import { CaFile, createCaFile, decide, expectSound } from '../support/examples';
import { issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

let ca: CaFile;
let props: VpcEndpointStackProps;
beforeAll(async () => {
  ca = await createCaFile('vpc-endpoint');
  props = { caCertificate: ca.path, onPremisesNetwork: '10.20.0.0/16' };
});
afterAll(() => ca.remove());

test('both endpoints can be reached from the network on premises, and from nowhere else', () => {
  const template = Template.fromStack(new VpcEndpointStack(strictApp(), 'VpcEndpoint', props));
  const rules = Object.values(template.findResources('AWS::EC2::SecurityGroup')).flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? []);
  expect(rules.map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort])).toEqual([['10.20.0.0/16', 443, 443], ['10.20.0.0/16', 443, 443]]);
  template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  template.resourceCountIs('AWS::EC2::InternetGateway', 0);
});

test('a sensor gets in, and what it gets is denied outside of the VPC', async () => {
  const stack = new VpcEndpointStack(strictApp(), 'VpcEndpoint', props);
  const certificate = async (unit: string) => (await issueHost(ca.root, `OU=${unit}, CN=host`)).pem;
  expect(decide(stack, { certificate: await certificate('Sensors') })).toBe('in');
  expect(decide(stack, { certificate: await certificate('Printers') })).toBe('trust-policy-assume-role');
  const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([expect.objectContaining({
    Action: '*', Condition: expect.objectContaining({ StringNotEquals: { 'aws:SourceVpc': { Ref: expect.stringMatching(/^Vpc/) } } }),
  })]);
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  expectSound((app) => new VpcEndpointStack(app, 'VpcEndpoint', props));
});
