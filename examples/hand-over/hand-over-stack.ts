/** A host that stores backups, and the archive that those who run it get: they need nothing else, and have to know nothing of the CDK. */
import { aws_s3 as s3, Duration, Stack, StackProps } from 'aws-cdk-lib';
import {
  ExpiryNotification, HostAccess, HostKit, SessionTag, SignerTarget, Subject, TrustAnchor, TrustAnchorSource,
} from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface HandOverStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;
}

export class HandOverStack extends Stack {
  public constructor(scope: Construct, id: string, props: HandOverStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', {
      source: TrustAnchorSource.certificateFile(props.caCertificate),
      notifications: [ExpiryNotification.caCertificate({ threshold: Duration.days(90) })],
    });
    const backup = new HostAccess(this, 'Backup', { trustAnchors: [anchor], certificate: Subject.organizationalUnit('Backup') });

    const backups = this.createBucket('Backups');
    backups.grantPut(backup, `${SessionTag.subjectCommonName()}/*`);

    new HostKit(this, 'Kit', {
      access: backup,
      bucket: this.createBucket('Kits'),
      // With Bun installed, say SignerTarget.LINUX_X64 for hosts that have no Node.js.
      targets: [SignerTarget.PORTABLE],
      contact: 'platform@example.com',
    });
  }

  private createBucket(id: string): s3.Bucket {
    return new s3.Bucket(this, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      serverAccessLogsPrefix: 'access-logs/',
    });
  }
}
