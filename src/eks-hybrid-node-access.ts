/** Access for the nodes of a hybrid EKS cluster: role, profile, access entry, and what nodeadm needs to be told. */
import { aws_eks as eks, aws_iam as iam, CfnOutput, Duration, Stack, Token } from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CertificateCondition } from './certificate-condition';
import { RolesAnywhereError } from './private/errors';
import { longestSession } from './private/session-duration';
import { SessionNamePrincipal } from './private/session-name-principal';
import { watchQuotas } from './private/stack-quotas';
import { requireSameEnvironment } from './private/trust-anchors';
import { Profile } from './profile';
import { SessionTag } from './session-tag';

/** Properties of the access of hybrid nodes. */
export interface EksHybridNodeAccessProps {
  /**
   * The cluster that the nodes join, in the account and Region of the stack. Its authentication mode has to be `API` or `API_AND_CONFIG_MAP`.
   *
   * One that is there is had by `eks.CfnCluster.fromClusterName()`.
   */
  readonly cluster: eks.IClusterRef;

  /** The trust anchors whose certificates count. Nodes are told to use the first. */
  readonly trustAnchors: ITrustAnchorRef[];

  /** The certificates that count. For all of them say `CertificateCondition.anyCertificate()`. */
  readonly certificate: CertificateCondition;

  /**
   * The attribute of the certificate that a node is named after. It has to be a valid name of a Kubernetes node.
   *
   * @default SessionTag.subjectCommonName()
   */
  readonly nodeName?: SessionTag;

  /**
   * Whether an access entry of type `HYBRID_LINUX` is made for the role. Say no where something else makes it, or the ConfigMap `aws-auth` has it.
   *
   * @default true
   */
  readonly accessEntry?: boolean;

  /**
   * Whether the role may be used by the EKS Pod Identity Agent on the nodes (`eks-auth:AssumeRoleForPodIdentity`).
   *
   * @default false
   */
  readonly podIdentity?: boolean;

  /**
   * How long sessions last at most, 15 minutes to 12 hours. Nodes renew them.
   *
   * @default Duration.hours(1)
   */
  readonly sessionDuration?: Duration;

  /**
   * Name of the role.
   *
   * @default - made by CloudFormation
   */
  readonly roleName?: string;

  /**
   * Name of the profile: letters, digits, blanks, hyphens and underscores, 255 characters at most.
   *
   * @default - made from the construct's path
   */
  readonly profileName?: string;

  /**
   * Managed policies that the role has, beside the one for images in Amazon ECR.
   *
   * @default - none
   */
  readonly managedPolicies?: iam.IManagedPolicy[];

  /**
   * The most the role may ever do.
   *
   * @default - no boundary
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Where nodes have their certificate.
   *
   * @default /etc/iam/pki/server.pem - as nodeadm does
   */
  readonly certificatePath?: string;

  /**
   * Where nodes have the private key of their certificate.
   *
   * @default /etc/iam/pki/server.key - as nodeadm does
   */
  readonly privateKeyPath?: string;
}

/** Stands for the name of the node in the output, as `envsubst` has it. */
const NODE_NAME_VARIABLE = '$NODE_NAME';

/** What both STS (AssumeRole) and Kubernetes (RFC 1123 subdomain) take for a name, of 2 to 64 characters. */
const NODE_NAME = /^(?=.{2,64}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Lets servers outside AWS join an EKS cluster as hybrid nodes, each under the name in its certificate and no other.
 *
 * EKS takes the name of the session for the name of the node (`system:node:<session name>`). Nodes choose it when they log in, so that the trust
 * policy has to hold them to their certificate: a node that asks for the name of another one is refused.
 *
 * The role has what nodeadm and the kubelet need: `eks:DescribeCluster` and `eks:ListAccessEntries` on the cluster, and images from Amazon ECR.
 * The output `NodeConfig` is the configuration of nodeadm; put the name of the node in place of `$NODE_NAME` (`envsubst` does).
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-creds.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-cluster-prep.html
 * @example
 * declare const anchor: TrustAnchor;
 * new EksHybridNodeAccess(this, 'Nodes', {
 *   cluster: eks.CfnCluster.fromClusterName(this, 'Cluster', 'factory'),
 *   trustAnchors: [anchor],
 *   certificate: Subject.organizationalUnit('Kubernetes nodes'),
 * });
 */
export class EksHybridNodeAccess extends Construct implements iam.IGrantable {
  /** The role that nodes get. */
  public readonly role: iam.Role;

  /** The profile through which they get it. It lets nodes name their session, which the trust policy of the role then looks at. */
  public readonly profile: Profile;

  /** What grants are made to: the role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * The access entry of the role.
   *
   * @default - it is not made here
   */
  public readonly accessEntry?: eks.CfnAccessEntry;

  private readonly props: EksHybridNodeAccessProps;
  private readonly clusterName: string;

  /**
   * @throws where there is no trust anchor or no condition, trust anchor or cluster are in another account or Region, or a name or duration is not
   * what the service takes
   */
  public constructor(scope: Construct, id: string, props: EksHybridNodeAccessProps) {
    super(scope, id);
    this.props = { ...props, trustAnchors: [...props.trustAnchors] };
    const { cluster, sessionDuration = Duration.hours(1) } = props;
    this.clusterName = cluster.clusterRef.clusterName;
    props.trustAnchors.forEach((anchor) => requireSameEnvironment(this, anchor, 'trust anchor'));
    requireSameEnvironment(this, cluster, 'cluster');
    this.role = this.createRole(sessionDuration);
    this.grantPrincipal = this.role.grantPrincipal;
    this.profile = new Profile(this, 'Profile', {
      profileName: props.profileName,
      sessionDuration,
      acceptRoleSessionName: true,
      roles: [this.role],
    });
    this.grantNodes();
    this.accessEntry = props.accessEntry ?? true ? this.createAccessEntry() : undefined;
    new CfnOutput(this, 'NodeConfig', { value: this.renderNodeConfiguration(NODE_NAME_VARIABLE), description: `Configuration of nodeadm for ${this.node.path}` });
    watchQuotas(this);
  }

  /**
   * The configuration of nodeadm for one node, in YAML.
   *
   * @param nodeName the name of the node as its certificate has it
   * @throws where it cannot be the name of a node
   */
  public nodeConfiguration(nodeName: string): string {
    if (!Token.isUnresolved(nodeName) && !NODE_NAME.test(nodeName)) {
      throw new RolesAnywhereError(
        'INVALID_HOST',
        `${JSON.stringify(nodeName)} cannot be the name of a node: it should have 2 to 64 lower-case letters, digits, hyphens and dots, and begin and end `
        + 'with a letter or digit',
        this,
      );
    }
    return this.renderNodeConfiguration(nodeName);
  }

  private createRole(sessionDuration: Duration): iam.Role {
    const { trustAnchors, certificate, nodeName = SessionTag.subjectCommonName() } = this.props;
    if (trustAnchors.length === 0) {
      throw new RolesAnywhereError('NO_TRUST_ANCHOR', 'a role for nodes needs at least one trust anchor: without one, any of the account would do', this);
    }
    if (certificate._alternatives.length === 0) {
      throw new RolesAnywhereError('INVALID_CONDITION', 'anyOf() without a condition lets nobody in; give it at least one', this);
    }
    return new iam.Role(this, 'Role', {
      roleName: this.props.roleName,
      description: 'Hybrid nodes of an EKS cluster',
      assumedBy: new SessionNamePrincipal({
        trustAnchorArns: [...new Set(trustAnchors.map(({ trustAnchorRef }) => trustAnchorRef.trustAnchorArn))],
        alternatives: certificate._alternatives,
        sessionName: nodeName.policyVariable,
      }),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEC2ContainerRegistryPullOnly'), ...this.props.managedPolicies ?? []],
      permissionsBoundary: this.props.permissionsBoundary,
      maxSessionDuration: longestSession(sessionDuration),
    });
  }

  private grantNodes(): void {
    const { clusterArn } = this.props.cluster.clusterRef;
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['eks:DescribeCluster', 'eks:ListAccessEntries'], resources: [clusterArn] }));
    if (this.props.podIdentity) {
      this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['eks-auth:AssumeRoleForPodIdentity'], resources: [clusterArn] }));
    }
  }

  private createAccessEntry(): eks.CfnAccessEntry {
    return new eks.CfnAccessEntry(this, 'AccessEntry', { clusterName: this.clusterName, principalArn: this.role.roleArn, type: 'HYBRID_LINUX' });
  }

  /** Values are quoted: names such as `no` or `123` would be something else in YAML. */
  private renderNodeConfiguration(nodeName: string): string {
    const { trustAnchors, certificatePath = '/etc/iam/pki/server.pem', privateKeyPath = '/etc/iam/pki/server.key' } = this.props;
    return [
      'apiVersion: node.eks.aws/v1alpha1',
      'kind: NodeConfig',
      'spec:',
      '  cluster:',
      `    name: ${JSON.stringify(this.clusterName)}`,
      `    region: ${JSON.stringify(Stack.of(this).region)}`,
      '  hybrid:',
      '    iamRolesAnywhere:',
      `      nodeName: ${JSON.stringify(nodeName)}`,
      `      trustAnchorArn: ${JSON.stringify(trustAnchors[0].trustAnchorRef.trustAnchorArn)}`,
      `      profileArn: ${JSON.stringify(this.profile.profileArn)}`,
      `      roleArn: ${JSON.stringify(this.role.roleArn)}`,
      `      certificatePath: ${JSON.stringify(certificatePath)}`,
      `      privateKeyPath: ${JSON.stringify(privateKeyPath)}`,
      '',
    ].join('\n');
  }
}
