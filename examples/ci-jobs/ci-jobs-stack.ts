/** Jobs of a CI system that is not in AWS: each has a certificate for minutes, and what it may do hangs on repository and branch. */
import { aws_iam as iam, aws_s3 as s3, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { HostAccess, SubjectAlternativeName, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface CiJobsStackProps extends StackProps {
  /** PEM file with the root certificate of the CA that gives jobs their certificates. */
  readonly caCertificate: string;

  /** Host name of the CI server, with which the ids of its jobs begin. */
  readonly ciServer: string;

  /** The repository whose jobs deploy, such as `shop/web`. */
  readonly repository: string;
}

export class CiJobsStack extends Stack {
  public constructor(scope: Construct, id: string, props: CiJobsStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) });
    const site = new s3.Bucket(this, 'Site', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-logs/',
    });

    // Neither repositories nor branches have a colon in their names, so that no name can reach beyond its place.
    const jobs = `ci://${props.ciServer}/${props.repository}`;

    const deploy = new HostAccess(this, 'Deploy', {
      trustAnchors: [anchor],
      certificate: SubjectAlternativeName.uri(`${jobs}:branch:main:protected`),
      sessionDuration: Duration.minutes(15),
    });
    deploy.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [site.arnForObjects('live/*')] }));

    const preview = new HostAccess(this, 'Preview', {
      trustAnchors: [anchor],
      certificate: SubjectAlternativeName.uriLike(`${jobs}:branch:*`),
      sessionDuration: Duration.minutes(15),
    });
    preview.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [site.arnForObjects('previews/*')] }));
  }
}
