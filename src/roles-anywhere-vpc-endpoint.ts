/** The way to Roles Anywhere through a VPC, for hosts that reach AWS by Direct Connect or VPN only. */
import { aws_ec2 as ec2, aws_iam as iam, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Properties of a VPC endpoint for Roles Anywhere. */
export interface RolesAnywhereVpcEndpointProps {
  /** The VPC that hosts reach. */
  readonly vpc: ec2.IVpc;

  /**
   * Who may connect, on port 443: networks on premises (`ec2.Peer.ipv4('10.20.0.0/16')`), prefix lists, security groups. Nobody else may, not
   * even from within the VPC.
   *
   * @default - nobody, until `connections` says so
   */
  readonly allowFrom?: ec2.IPeer[];

  /**
   * Subnets in which the endpoint has an address, one for each Availability Zone.
   *
   * @default - the private ones
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Whether the usual host name of the service leads to the endpoint, within the VPC and wherever its resolver is asked.
   *
   * @default true
   */
  readonly privateDnsEnabled?: boolean;
}

const HTTPS = ec2.Port.tcp(443);

/**
 * An interface endpoint for Roles Anywhere in a VPC: hosts on premises log in through Direct Connect or VPN, without a way to the internet.
 *
 * Hosts find it by the usual host name where they ask the resolver of the VPC (an inbound endpoint of Route 53 Resolver, say). Where they do
 * not, tell their signer {@link endpointUrl}.
 *
 * **It does not limit who logs in, or from where.** The policy of an endpoint does not apply to `CreateSession`, and the public endpoint of the
 * service goes on answering: whoever has a certificate and its key gets credentials with or without this endpoint. What can be limited is what
 * the credentials are good for; see {@link denyOutsideVpc}.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/vpc-interface-endpoints.html
 * @example
 * declare const vpc: ec2.Vpc;
 * new RolesAnywhereVpcEndpoint(this, 'Endpoint', { vpc, allowFrom: [ec2.Peer.ipv4('10.20.0.0/16')] });
 */
export class RolesAnywhereVpcEndpoint extends Construct implements ec2.IConnectable {
  /** The endpoint. A policy that it is given applies to the management of trust anchors, profiles and lists, not to logins. */
  public readonly endpoint: ec2.InterfaceVpcEndpoint;

  /** The security group that says who may connect. */
  public readonly securityGroup: ec2.SecurityGroup;

  /** Lets others connect: `endpoint.connections.allowDefaultPortFrom(peer)`. */
  public readonly connections: ec2.Connections;

  private readonly vpc: ec2.IVpc;

  public constructor(scope: Construct, id: string, props: RolesAnywhereVpcEndpointProps) {
    super(scope, id);
    this.vpc = props.vpc;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Who may reach IAM Roles Anywhere',
      // An endpoint answers, and opens no connection.
      allowAllOutbound: false,
    });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: HTTPS });
    this.endpoint = new ec2.InterfaceVpcEndpoint(this, 'Resource', {
      vpc: props.vpc,
      service: ec2.InterfaceVpcEndpointAwsService.IAM_ROLES_ANYWHERE,
      privateDnsEnabled: props.privateDnsEnabled ?? true,
      subnets: props.subnets,
      securityGroups: [this.securityGroup],
      // Otherwise the whole VPC may connect.
      open: false,
    });
    props.allowFrom?.forEach((peer) => this.securityGroup.addIngressRule(peer, HTTPS, 'logins'));
  }

  /** URL of the endpoint under its own host name, which public DNS knows: `--endpoint` of the signer, `ROLES_ANYWHERE_ENDPOINT`. */
  public get endpointUrl(): string {
    // The first entry is `<hosted zone>:<host name>`.
    const hostName = Fn.select(1, Fn.split(':', Fn.select(0, this.endpoint.vpcEndpointDnsEntries)));
    return `https://${hostName}`;
  }

  /**
   * A statement that denies what is not asked through this VPC: stolen credentials are then good for nothing elsewhere.
   *
   * Add it to a role (`access.role.addToPrincipalPolicy(...)`). Four things to know before:
   *
   * - It is about calls that are made with the credentials, not about logins.
   * - It takes VPC endpoints of the services that the role calls, in this same VPC: each service's own, since the one for Roles Anywhere leads to
   *   nothing else. Calls by way of the internet or of a NAT gateway are denied, even from the VPC.
   * - Gateway endpoints (Amazon S3, DynamoDB) cannot be reached from on premises; interface endpoints can.
   * - What a service does in the name of the session (`aws:ViaAWSService`) is not denied, because it does not come through the VPC.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcevpc
   */
  public denyOutsideVpc(): iam.PolicyStatement {
    return new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ['*'],
      resources: ['*'],
      conditions: {
        // True as well where a request came through no endpoint and has no such key.
        StringNotEquals: { 'aws:SourceVpc': this.vpc.vpcId },
        BoolIfExists: { 'aws:ViaAWSService': 'false' },
      },
    });
  }
}
