/** Workloads that have SPIFFE ids: one role for one workload, and one for a whole namespace. */
import { aws_sns as sns, aws_ssm as ssm, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { HostAccess, SubjectAlternativeName, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface SpiffeStackProps extends StackProps {
  /** PEM file with the certificate of the root that your SPIFFE server's CA is below. */
  readonly caCertificate: string;

  /** The trust domain, such as `example.org`. */
  readonly trustDomain: string;
}

export class SpiffeStack extends Stack {
  public constructor(scope: Construct, id: string, props: SpiffeStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) });
    const production = `spiffe://${props.trustDomain}/ns/production`;

    // One workload: the id has to be this.
    const orders = new HostAccess(this, 'Orders', {
      trustAnchors: [anchor],
      certificate: SubjectAlternativeName.uri(`${production}/sa/orders`),
      sessionDuration: Duration.minutes(15),
    });
    new sns.Topic(this, 'OrderEvents', { enforceSSL: true }).grantPublish(orders);

    // Every workload of the namespace. The slash before the asterisk keeps `production-old` out; the asterisk spans slashes.
    const everybody = new HostAccess(this, 'Everybody', {
      trustAnchors: [anchor],
      certificate: SubjectAlternativeName.uriLike(`${production}/*`),
      sessionDuration: Duration.minutes(15),
    });
    new ssm.StringParameter(this, 'Settings', { stringValue: 'none yet' }).grantRead(everybody);
  }
}
