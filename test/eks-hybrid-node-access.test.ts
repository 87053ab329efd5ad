import { aws_eks as eks, aws_iam as iam, aws_s3 as s3, CfnParameter, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  CertificateCondition, EksHybridNodeAccess, EksHybridNodeAccessProps, RolesAnywhereChecks, SessionTag, Subject, TrustAnchor, TrustAnchorSource,
} from '../src';
import { RolesAnywhereSimulator, SessionDecision } from '../src/simulator';
import { textOf } from './support/permissions';
import { createRootCa, Issued, issueHost, IssueOptions } from './support/pki';
import { errorCode, errorOf, strictApp, newStack, trustStatements, warnings } from './support/stack';

let root: Issued;
beforeAll(async () => {
  root = await createRootCa('CN=Root');
});

interface SetUp {
  readonly stack: Stack;
  readonly nodes: EksHybridNodeAccess;
}

const NODES = Subject.organizationalUnit('Nodes');

function setUp(props: Partial<EksHybridNodeAccessProps> = {}, stack: Stack = newStack()): SetUp {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(root.pem) });
  const cluster = eks.CfnCluster.fromClusterName(stack, 'Cluster', 'factory');
  return { stack, nodes: new EksHybridNodeAccess(stack, 'Nodes', { cluster, trustAnchors: [anchor], certificate: NODES, ...props }) };
}

const CLUSTER_ARN = {
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':eks:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':cluster/factory']],
};

/** What the simulated service says to a node. */
async function logIn(stack: Stack, subject: string, roleSessionName: string | undefined, options: IssueOptions = {}): Promise<SessionDecision> {
  const { pem } = await issueHost(root, subject, options);
  return RolesAnywhereSimulator.fromTemplate(Template.fromStack(stack)).createSession({ certificate: pem, roleSessionName });
}

describe('the session', () => {
  test('trap 9: has to be named after the certificate, by a policy variable that is one', () => {
    const { stack } = setUp();
    const [anchorId] = Object.keys(Template.fromStack(stack).findResources('AWS::RolesAnywhere::TrustAnchor'));
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
    };
    const arn = { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [anchorId, 'TrustAnchorArn'] } } };
    expect(trustStatements(stack)).toEqual([
      {
        ...statement,
        Action: 'sts:AssumeRole',
        Condition: { ...arn, StringEquals: { 'aws:PrincipalTag/x509Subject/OU': 'Nodes', 'sts:RoleSessionName': '${aws:PrincipalTag/x509Subject/CN}' } },
      },
      { ...statement, Action: ['sts:TagSession', 'sts:SetSourceIdentity'], Condition: { ...arn, StringEquals: { 'aws:PrincipalTag/x509Subject/OU': 'Nodes' } } },
    ]);
  });

  test('is given to a node that asks for the name in its certificate, and goes by that name', async () => {
    const { session } = await logIn(setUp().stack, 'OU=Nodes, CN=node01.example.com', 'node01.example.com');
    expect(session).toMatchObject({ roleSessionName: 'node01.example.com' });
  });

  test.each([
    ['that asks for the name of another', 'OU=Nodes, CN=node01', 'node02'],
    ['that asks for its name in another case', 'OU=Nodes, CN=node01', 'NODE01'],
    ['that asks for no name, and would be called by its serial number', 'OU=Nodes, CN=node01', undefined],
    ['without a common name', 'OU=Nodes, O=Example', 'node01'],
    ['of other people', 'OU=Printers, CN=node01', 'node01'],
  ])('is refused to a node %s', async (_, subject, roleSessionName) => {
    const decision = await logIn(setUp().stack, subject, roleSessionName);
    expect(decision.session).toBeUndefined();
    expect(decision.failedStep?.id).toBe('trust-policy-assume-role');
  });

  test('can be named after another attribute', async () => {
    const { stack } = setUp({ nodeName: SessionTag.dns(), certificate: CertificateCondition.anyCertificate() });
    const options: IssueOptions = { subjectAltName: [{ type: 'dns', value: 'node01.example.com' }] };
    expect((await logIn(stack, 'CN=whatever', 'node01.example.com', options)).session).toBeDefined();
    expect((await logIn(stack, 'CN=whatever', 'whatever', options)).failedStep?.id).toBe('trust-policy-assume-role');
  });

  test('is given under any one of several conditions, each of them bound to the name', async () => {
    const { stack } = setUp({ certificate: CertificateCondition.anyOf(NODES, Subject.organization('Example')) });
    expect(trustStatements(stack)).toHaveLength(4);
    expect((await logIn(stack, 'O=Example, CN=node01', 'node01')).session).toBeDefined();
    expect((await logIn(stack, 'O=Example, CN=node01', 'node02')).session).toBeUndefined();
  });
});

describe('the role', () => {
  test('trap 10: has what the EKS guide asks for, on this one cluster, in any partition', () => {
    const template = Template.fromStack(setUp().stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEC2ContainerRegistryPullOnly']] }],
      MaxSessionDuration: Match.absent(),
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['eks:DescribeCluster', 'eks:ListAccessEntries'], Resource: CLUSTER_ARN }] },
    });
  });

  test('serves the Pod Identity Agent where it is asked to', () => {
    Template.fromStack(setUp({ podIdentity: true }).stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([{ Effect: 'Allow', Action: 'eks-auth:AssumeRoleForPodIdentity', Resource: CLUSTER_ARN }]) },
    });
  });

  test('takes grants, a name, further policies, a boundary, and sessions as long as the profile gives out', () => {
    const stack = newStack();
    const boundary = iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess');
    const { nodes } = setUp({
      roleName: 'nodes',
      profileName: 'hybrid nodes',
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('CloudWatchAgentServerPolicy')],
      permissionsBoundary: boundary,
      sessionDuration: Duration.hours(6),
    }, stack);
    new s3.Bucket(stack, 'Bucket').grantRead(nodes);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'nodes', MaxSessionDuration: 21_600, ManagedPolicyArns: [Match.anyValue(), Match.anyValue()], PermissionsBoundary: Match.anyValue(),
    });
    template.hasResourceProperties('AWS::RolesAnywhere::Profile', { Name: 'hybrid nodes', DurationSeconds: 21_600 });
    template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['s3:List*']) })]) } });
  });

  test('has its policy variables checked', () => {
    const { stack, nodes } = setUp();
    nodes.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/$(aws:PrincipalTag/x509Subject/CN}/*'] }));
    expect(() => Template.fromStack(stack)).toThrow(/no policy variable/);
  });

  test('needs a trust anchor and a condition', () => {
    expect(errorCode(() => setUp({ trustAnchors: [] }))).toBe('NO_TRUST_ANCHOR');
    expect(errorCode(() => setUp({ certificate: CertificateCondition.anyOf() }))).toBe('INVALID_CONDITION');
  });

  test('says aloud that any certificate will do', () => {
    const { stack } = setUp({ certificate: CertificateCondition.anyCertificate() });
    expect(warnings(stack)).toEqual([expect.stringContaining('TrustPolicy.anyCertificate')]);
  });
});

describe('the profile', () => {
  test('trap 11: is enabled, and lets nodes name their session', () => {
    Template.fromStack(setUp().stack).hasResourceProperties('AWS::RolesAnywhere::Profile', { Enabled: true, AcceptRoleSessionName: true, DurationSeconds: 3600 });
  });
});

describe('the cluster', () => {
  test('lets the role in as that of hybrid nodes', () => {
    const { stack, nodes } = setUp();
    Template.fromStack(stack).hasResourceProperties('AWS::EKS::AccessEntry', {
      ClusterName: 'factory', Type: 'HYBRID_LINUX', PrincipalArn: stack.resolve(nodes.role.roleArn), Username: Match.absent(),
    });
  });

  test('has no access entry where something else makes it', () => {
    const { stack, nodes } = setUp({ accessEntry: false });
    Template.fromStack(stack).resourceCountIs('AWS::EKS::AccessEntry', 0);
    expect(nodes.accessEntry).toBeUndefined();
  });

  test('is one of the Region of the stack', () => {
    const stack = newStack({ env: { region: 'eu-west-1', account: '111122223333' } });
    const cluster = eks.CfnCluster.fromClusterArn(stack, 'Other', 'arn:aws:eks:eu-central-1:111122223333:cluster/factory');
    expect(errorOf(() => setUp({ cluster }, stack)).message).toMatch(/the cluster Stack\/Other is in the Region eu-central-1/);
  });
});

describe('the configuration of nodeadm', () => {
  const output = (stack: Stack) => textOf(Object.values(Template.fromStack(stack).findOutputs('*'))[0].Value);

  test('is an output, with a place for the name of the node', () => {
    const { stack, nodes } = setUp();
    const id = (value: string) => `arn:${stack.resolve(value)['Fn::GetAtt'][0]}`;
    const [anchorId] = Object.keys(Template.fromStack(stack).findResources('AWS::RolesAnywhere::TrustAnchor'));
    expect(output(stack)).toBe([
      'apiVersion: node.eks.aws/v1alpha1',
      'kind: NodeConfig',
      'spec:',
      '  cluster:',
      '    name: "factory"',
      '    region: "eu-west-1"',
      '  hybrid:',
      '    iamRolesAnywhere:',
      '      nodeName: "$NODE_NAME"',
      `      trustAnchorArn: "arn:${anchorId}"`,
      `      profileArn: "${id(nodes.profile.profileArn)}"`,
      `      roleArn: "${id(nodes.role.roleArn)}"`,
      '      certificatePath: "/etc/iam/pki/server.pem"',
      '      privateKeyPath: "/etc/iam/pki/server.key"',
      '',
    ].join('\n'));
  });

  test('can be had for one node, with paths of its own', () => {
    const { stack, nodes } = setUp({ certificatePath: '/etc/pki/node.pem', privateKeyPath: '/etc/pki/node.key' });
    expect(textOf(stack.resolve(nodes.nodeConfiguration('node01.example.com')))).toMatch(
      /nodeName: "node01\.example\.com"\n[^]*certificatePath: "\/etc\/pki\/node\.pem"\n {6}privateKeyPath: "\/etc\/pki\/node\.key"\n$/);
    expect(textOf(stack.resolve(nodes.nodeConfiguration(new CfnParameter(stack, 'Name').valueAsString)))).toContain('nodeName: "Name"');
  });

  test.each(['n', 'Node01', 'node_01', '-node', 'node.', 'a..b', 'x'.repeat(65), 'node"01', ''])('is refused for %p, which is no name of a node', (name) => {
    const error = errorOf(() => setUp().nodes.nodeConfiguration(name));
    expect(error.code).toBe('INVALID_HOST');
    expect(error.message).toContain(JSON.stringify(name));
  });
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  const app = strictApp();
  const { stack } = setUp({}, new Stack(app, 'Stack'));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  RolesAnywhereChecks.addTo(app, { failOnWarnings: true });
  Validations.of(stack).acknowledge({
    id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly]', reason: 'what the EKS guide asks for',
  });
  expect(() => app.synth()).not.toThrow();
  expect(warnings(stack)).toEqual([]);
});
