/** Hosts that share a role and a bucket, each with a folder of its own that no other sees, and what watches over them. */
import { aws_iam as iam, aws_logs as logs, aws_s3 as s3, aws_sns as sns, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { ExpiryNotification, HostFleet, RolesAnywhereMonitoring, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface FleetStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;

  /** The hosts, by the common names of their certificates. */
  readonly hosts: string[];

  /** Name of the log group to which a trail of AWS CloudTrail delivers. */
  readonly trailLogGroup: string;
}

export class FleetStack extends Stack {
  public constructor(scope: Construct, id: string, props: FleetStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', {
      source: TrustAnchorSource.certificateFile(props.caCertificate),
      notifications: [ExpiryNotification.caCertificate({ threshold: Duration.days(60) }), ExpiryNotification.endEntityCertificate()],
    });
    const fleet = new HostFleet(this, 'Hosts', { trustAnchors: [anchor], hosts: props.hosts.map((name) => ({ name })) });

    const bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-logs/',
    });
    // A grant of aws-s3 would let each host list the whole bucket, and with it the names of what others have there.
    fleet.addToHostPolicy(new iam.PolicyStatement({
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [bucket.arnForObjects(`hosts/${fleet.hostVariable}/*`)],
    }));
    fleet.addToHostPolicy(new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': `hosts/${fleet.hostVariable}/*` } },
    }));

    new RolesAnywhereMonitoring(this, 'Monitoring', {
      trustAnchors: [anchor],
      topic: new sns.Topic(this, 'SecurityTeam', { enforceSSL: true }),
      trailLogGroup: logs.LogGroup.fromLogGroupName(this, 'Trail', props.trailLogGroup),
      expiryThreshold: Duration.days(45),
    });
  }
}
