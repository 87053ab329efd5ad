/** A host whose certificate can be revoked within minutes: lists kept in step, alarms before one goes stale, and a switch that stops everything. */
import { aws_sns as sns, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import { CrlSource, CrlSync, KillSwitch, Profile, RolesAnywhereRole, Subject, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface RevocationStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;

  /** Where your CA publishes its revocation list. */
  readonly crlUrl: string;
}

export class RevocationStack extends Stack {
  public constructor(scope: Construct, id: string, props: RevocationStackProps) {
    super(scope, id, props);

    const anchor = new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) });
    const host = new RolesAnywhereRole(this, 'Host', { trustAnchors: [anchor], certificate: Subject.organizationalUnit('SecOps') });
    const profile = new Profile(this, 'Profile', { roles: [host] });

    // Who is to be told that a list goes stale, cannot be had or is refused, and that the switch was thrown.
    const topic = new sns.Topic(this, 'SecurityTeam', { enforceSSL: true });

    new CrlSync(this, 'Revocation', {
      trustAnchor: anchor,
      sources: [CrlSource.url(props.crlUrl)],
      alarmTopic: topic,
    });

    const killSwitch = new KillSwitch(this, 'KillSwitch', { trustAnchors: [anchor], profiles: [profile], roles: [host], topic });
    new CfnOutput(this, 'StopCommand', { value: killSwitch.stopCommand });
    new CfnOutput(this, 'RestoreCommand', { value: killSwitch.restoreCommand });
  }
}
