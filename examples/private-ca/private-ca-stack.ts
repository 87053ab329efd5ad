/** A CA in AWS Private CA, a workload that it lets in, somebody who issues certificates, and what watches over it all. */
import { aws_iam as iam, aws_s3 as s3, aws_sns as sns, CfnOutput, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { ExpiryNotification, HostAccess, PrivateCaTemplate, PrivateCaTrustAnchor, RolesAnywhereMonitoring, Subject } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export class PrivateCaStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // Who is to be told of refused sessions, certificates that expire, and lists that go stale.
    const topic = new sns.Topic(this, 'SecurityTeam', { enforceSSL: true });
    const accessLogs = new s3.Bucket(this, 'AccessLogs', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'own/',
      lifecycleRules: [{ expiration: Duration.days(365) }],
    });

    const pki = new PrivateCaTrustAnchor(this, 'Pki', {
      subject: { commonName: 'Example Hosts Root', organization: 'Example' },
      notifications: [ExpiryNotification.caCertificate({ threshold: Duration.days(180) }), ExpiryNotification.endEntityCertificate()],
      serverAccessLogsBucket: accessLogs,
      alarmTopic: topic,
    });

    const backup = new HostAccess(this, 'Backup', { trustAnchors: [pki.trustAnchor], certificate: Subject.organizationalUnit('Backup') });
    new sns.Topic(this, 'BackupEvents', { enforceSSL: true }).grantPublish(backup);

    // Whoever may assume this role can issue certificates in any name, and so become any host.
    const registrar = new iam.Role(this, 'Registrar', { assumedBy: new iam.AccountRootPrincipal(), description: 'Issues certificates for hosts' });
    pki.grantIssueCertificate(registrar, PrivateCaTemplate.END_ENTITY_CLIENT_AUTH);
    pki.grantRevokeCertificate(registrar);

    new RolesAnywhereMonitoring(this, 'Monitoring', { trustAnchors: [pki.trustAnchor], crlSyncs: [pki.crlSync!], topic });

    new CfnOutput(this, 'CertificateAuthority', { value: pki.certificateAuthority.attrArn });
  }
}
