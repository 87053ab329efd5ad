import { aws_ec2 as ec2, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { HostAccess, RolesAnywhereVpcEndpoint, RolesAnywhereVpcEndpointProps, Subject, TrustAnchor, TrustAnchorSource } from '../src';
import { textOf } from './support/permissions';
import { createRootCa } from './support/pki';
import { strictApp, newStack, warnings } from './support/stack';
import { compileConditions } from '../src/trust-model/policy-conditions';
import { RequestContext } from '../src/trust-model/policy-context';

interface SetUp {
  readonly stack: Stack;
  readonly vpc: ec2.Vpc;
  readonly endpoint: RolesAnywhereVpcEndpoint;
}

function setUp(props: Partial<RolesAnywhereVpcEndpointProps> = {}, stack: Stack = newStack()): SetUp {
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Endpoints', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
  return { stack, vpc, endpoint: new RolesAnywhereVpcEndpoint(stack, 'Endpoint', { vpc, ...props }) };
}

const ingressOf = (stack: Stack): any[] => Object.values(Template.fromStack(stack).findResources('AWS::EC2::SecurityGroup'))
  .filter(({ Properties }) => Properties.GroupDescription === 'Who may reach IAM Roles Anywhere')
  .flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? []);

describe('the endpoint', () => {
  test('is that of the service, under its usual name', () => {
    const { stack } = setUp();
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.rolesanywhere']] },
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^EndpointSecurityGroup'), 'GroupId'] }],
      // It would not apply to logins.
      PolicyDocument: Match.absent(),
    });
    expect(warnings(stack)).toEqual([]);
  });

  test('can leave the usual name alone, and lie in chosen subnets', () => {
    const stack = newStack();
    const subnetConfiguration = ['One', 'Two'].map((name) => ({ name, subnetType: ec2.SubnetType.PRIVATE_ISOLATED }));
    const vpc = new ec2.Vpc(stack, 'Own', { maxAzs: 2, natGateways: 0, subnetConfiguration });
    setUp({ vpc, privateDnsEnabled: false, subnets: { subnetGroupName: 'Two' } }, stack);
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      PrivateDnsEnabled: false,
      SubnetIds: [{ Ref: Match.stringLikeRegexp('^OwnTwoSubnet1') }, { Ref: Match.stringLikeRegexp('^OwnTwoSubnet2') }],
    });
  });

  test('has a URL under its own name, for hosts that do not ask the resolver of the VPC', () => {
    const { stack, endpoint } = setUp();
    const [id] = Object.keys(Template.fromStack(stack).findResources('AWS::EC2::VPCEndpoint'));
    expect(stack.resolve(endpoint.endpointUrl)).toEqual({
      'Fn::Join': ['', ['https://', { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::Select': [0, { 'Fn::GetAtt': [id, 'DnsEntries'] }] }] }] }]],
    });
  });
});

describe('the security group', () => {
  test('lets nobody in by itself, not even the VPC, and nothing out', () => {
    const { stack } = setUp();
    expect(ingressOf(stack)).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  test('lets in who is named, on port 443 only', () => {
    const { stack } = setUp({ allowFrom: [ec2.Peer.ipv4('10.20.0.0/16'), ec2.Peer.ipv4('10.30.0.0/16')] });
    expect(ingressOf(stack)).toEqual(['10.20.0.0/16', '10.30.0.0/16'].map((CidrIp) => (
      { CidrIp, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: 'logins' })));
  });

  test('lets in who is named later', () => {
    const { stack, endpoint } = setUp();
    endpoint.connections.allowDefaultPortFrom(ec2.Peer.ipv4('10.40.0.0/16'));
    expect(ingressOf(stack)).toEqual([expect.objectContaining({ CidrIp: '10.40.0.0/16', FromPort: 443, ToPort: 443 })]);
  });
});

describe('what credentials are good for', () => {
  /** Whether the statement denies a request with these condition keys. */
  function denies(context: Readonly<Record<string, string>>): boolean {
    const { stack, endpoint } = setUp();
    const { Effect, Action, Resource, Condition } = stack.resolve(endpoint.denyOutsideVpc().toStatementJson());
    expect({ Effect, Action, Resource }).toEqual({ Effect: 'Deny', Action: '*', Resource: '*' });
    const known = JSON.parse(JSON.stringify(Condition), (_key, value) => (value?.Ref ? textOf(value) : value));
    const { conditions, malformed } = compileConditions(known, true);
    expect(malformed).toEqual([]);
    return conditions.every((condition) => condition.evaluate(new RequestContext(context), 'Deny').truth === true);
  }

  test('is nothing where a request does not come through the VPC', () => {
    const vpcId = Object.keys(Template.fromStack(setUp().stack).findResources('AWS::EC2::VPC'))[0];
    const requests: Array<[Readonly<Record<string, string>>, boolean]> = [
      [{ 'aws:SourceVpc': vpcId, 'aws:ViaAWSService': 'false' }, false],
      [{ 'aws:SourceVpc': 'vpc-other', 'aws:ViaAWSService': 'false' }, true],
      [{ 'aws:SourceIp': '198.51.100.7', 'aws:ViaAWSService': 'false' }, true],
      [{ 'aws:SourceIp': '198.51.100.7' }, true],
      [{ 'aws:ViaAWSService': 'true' }, false],
    ];
    expect(requests.map(([context]) => denies(context))).toEqual(requests.map(([, denied]) => denied));
  });
});

test('passes strict template validation and cdk-nag, with a role whose credentials are good in the VPC only', async () => {
  const app = strictApp();
  const { stack, vpc, endpoint } = setUp({ allowFrom: [ec2.Peer.ipv4('10.20.0.0/16')] }, new Stack(app, 'Stack'));
  vpc.addFlowLog('FlowLog');
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle((await createRootCa('CN=Root')).pem) });
  const access = new HostAccess(stack, 'Host', { trustAnchors: [anchor], certificate: Subject.commonName('host') });
  access.role.addToPrincipalPolicy(endpoint.denyOutsideVpc());
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
