/** A workload in a Kubernetes cluster outside AWS, whose certificate cert-manager issues. */
import { aws_iam as iam, aws_s3 as s3, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { AttributeMapping, HostAccess, SubjectAlternativeName, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface CertManagerStackProps extends StackProps {
  /** PEM file with the certificate of the CA that cert-manager issues with, or of one above it. */
  readonly caCertificate: string;

  /** The trust domain of the cluster: how the ids of its workloads begin. */
  readonly trustDomain: string;
}

export class CertManagerStack extends Stack {
  public constructor(scope: Construct, id: string, props: CertManagerStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) });
    const orders = new HostAccess(this, 'Orders', {
      trustAnchors: [anchor],
      certificate: SubjectAlternativeName.uri(`spiffe://${props.trustDomain}/ns/shop/sa/orders`),
      // Nothing else of the certificate is needed, and what is not mapped cannot be in the way.
      attributeMappings: [AttributeMapping.subject('CN'), AttributeMapping.issuer('CN'), AttributeMapping.subjectAlternativeName('URI')],
      sessionDuration: Duration.minutes(15),
    });

    const bucket = new s3.Bucket(this, 'Invoices', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-logs/',
    });
    orders.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('invoices/*')] }));
  }
}
