/** Hosts that reach AWS through Direct Connect or VPN only, and credentials that are good for nothing elsewhere. */
import { aws_ec2 as ec2, aws_sqs as sqs, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import { HostAccess, RolesAnywhereVpcEndpoint, Subject, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface VpcEndpointStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;

  /** The network on premises, such as `10.20.0.0/16`. */
  readonly onPremisesNetwork: string;
}

export class VpcEndpointStack extends Stack {
  public constructor(scope: Construct, id: string, props: VpcEndpointStackProps) {
    super(scope, id, props);

    // The VPC at the end of your Direct Connect or VPN, with no way to the internet. Take your own by `ec2.Vpc.fromLookup()`.
    const vpc = new ec2.Vpc(this, 'Vpc', {
      natGateways: 0,
      subnetConfiguration: [{ name: 'Endpoints', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
      flowLogs: { All: {} },
    });
    const onPremises = ec2.Peer.ipv4(props.onPremisesNetwork);

    // For logins ...
    const logins = new RolesAnywhereVpcEndpoint(this, 'Logins', { vpc, allowFrom: [onPremises] });
    // ... and one for each service that hosts then call.
    const queues = vpc.addInterfaceEndpoint('Queues', { service: ec2.InterfaceVpcEndpointAwsService.SQS, open: false });
    queues.connections.allowDefaultPortFrom(onPremises);

    const sensor = new HostAccess(this, 'Sensor', {
      trustAnchors: [new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) })],
      certificate: Subject.organizationalUnit('Sensors'),
    });
    sensor.role.addToPrincipalPolicy(logins.denyOutsideVpc());

    const unreadable = new sqs.Queue(this, 'Unreadable', { enforceSSL: true });
    new sqs.Queue(this, 'Readings', { enforceSSL: true, deadLetterQueue: { queue: unreadable, maxReceiveCount: 5 } }).grantSendMessages(sensor);

    new CfnOutput(this, 'LoginUrl', { value: logins.endpointUrl, description: 'For hosts that do not ask the resolver of the VPC' });
  }
}
