/** Two hosts outside AWS with a role each: onprem01 uploads to a bucket, onprem02 reads from it, nobody else gets in. */
import { aws_s3 as s3, CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import {
  CertificateCondition, ExpiryNotification, Profile, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource,
} from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface QuickstartStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;
}

export class QuickstartStack extends Stack {
  public constructor(scope: Construct, id: string, props: QuickstartStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', {
      source: TrustAnchorSource.certificateFile(props.caCertificate),
      notifications: [ExpiryNotification.caCertificate({ threshold: Duration.days(90) })],
    });

    const uploader = new RolesAnywhereRole(this, 'Uploader', {
      trustAnchors: [anchor],
      certificate: CertificateCondition.allOf(Subject.commonName('onprem01'), Subject.organizationalUnit('SecOps')),
    });
    const reader = new RolesAnywhereRole(this, 'Reader', {
      trustAnchors: [anchor],
      certificate: CertificateCondition.allOf(Subject.commonName('onprem02'), Subject.organizationalUnit('SecOps')),
    });

    const bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-logs/',
    });
    bucket.grantPut(uploader, 'uploads/*');
    bucket.grantRead(reader, 'uploads/*');

    const profile = new Profile(this, 'Profile', { roles: [uploader, reader], sessionDuration: Duration.hours(1) });

    // What the hosts' administrators need.
    new CfnOutput(this, 'TrustAnchorArn', { value: anchor.trustAnchorArn });
    new CfnOutput(this, 'ProfileArn', { value: profile.profileArn });
    new CfnOutput(this, 'UploaderRoleArn', { value: uploader.roleArn });
    new CfnOutput(this, 'ReaderRoleArn', { value: reader.roleArn });
  }
}
