/** A CA in AWS Private CA that is ready to be trusted: made, activated, with its revocation list kept in step. */
import {
  ArnFormat, aws_acmpca as acmpca, aws_iam as iam, aws_s3 as s3, aws_sns as sns, CfnResource, Duration, RemovalPolicy, Stack, Token,
} from 'aws-cdk-lib';
import { CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CrlSource } from './crl-source';
import { CrlSync } from './crl-sync';
import { ExpiryNotification } from './expiry-notification';
import { RolesAnywhereError } from './private/errors';
import { PrivateCaKeyAlgorithm } from './private-ca-key-algorithm';
import { PrivateCaTemplate } from './private-ca-template';
import { TrustAnchor } from './trust-anchor';
import { TrustAnchorSource } from './trust-anchor-source';

/** Whom the certificate of a CA is issued to. */
export interface PrivateCaSubject {
  /** Common name (CN), such as `Example Hosts Root`. */
  readonly commonName: string;

  /**
   * Organization (O).
   *
   * @default - none
   */
  readonly organization?: string;

  /**
   * Organizational unit (OU).
   *
   * @default - none
   */
  readonly organizationalUnit?: string;

  /**
   * Country (C), two letters.
   *
   * @default - none
   */
  readonly country?: string;

  /**
   * State or province (ST).
   *
   * @default - none
   */
  readonly state?: string;

  /**
   * Locality (L).
   *
   * @default - none
   */
  readonly locality?: string;
}

/** Properties of a CA in AWS Private CA and of its trust anchor. */
export interface PrivateCaTrustAnchorProps {
  /** Whom the certificate of the CA is issued to. It cannot be changed: CloudFormation makes another CA then. */
  readonly subject: PrivateCaSubject;

  /**
   * The key of the CA. It cannot be changed either.
   *
   * @default PrivateCaKeyAlgorithm.EC_P256
   */
  readonly keyAlgorithm?: PrivateCaKeyAlgorithm;

  /**
   * How long the certificate of the CA is valid, from when it is issued; whole days.
   *
   * To renew it, change this: the same CA gets a new certificate for the same key, and the trust anchor is updated with it, because Roles
   * Anywhere reads the validity only then.
   *
   * @default Duration.days(3650)
   */
  readonly validity?: Duration;

  /**
   * Whether the CA issues certificates of seven days at most, which nobody needs to revoke. There is no revocation list then, no bucket and no
   * function, and the CA costs a fraction.
   *
   * @default false
   */
  readonly shortLived?: boolean;

  /**
   * How long a revocation list is valid, 1 to 5000 days; AWS Private CA writes the next one before that.
   *
   * @default Duration.days(7)
   */
  readonly crlValidity?: Duration;

  /**
   * How often the revocation list is looked at, beside the events that tell of a new one. A day at most.
   *
   * @default - as CrlSync does
   */
  readonly crlSchedule?: Duration;

  /**
   * Whether two runs of the function that imports the list are kept from happening by a reserved concurrency of 1.
   *
   * @default true
   */
  readonly reserveConcurrency?: boolean;

  /**
   * Where the access to the bucket with the list is logged to.
   *
   * @default - it is not logged
   */
  readonly serverAccessLogsBucket?: s3.IBucket;

  /**
   * Where alarms about the revocation list are sent.
   *
   * @default - alarms are there, and nobody is told
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Name of the trust anchor: letters, digits, blanks, hyphens and underscores, 255 characters at most.
   *
   * @default - made from the construct's path
   */
  readonly trustAnchorName?: string;

  /**
   * Whether certificates of this CA are accepted.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * When to be told that certificates expire; one for each kind of certificate.
   *
   * @default - the service's own: both kinds, 45 days ahead
   */
  readonly notifications?: ExpiryNotification[];

  /**
   * What becomes of the CA and of the bucket when the stack is deleted, or when a change makes another CA.
   *
   * A CA that stays goes on issuing and costing, and keeps its list up to date; no certificate of it gets in anywhere, since the trust anchor is
   * gone. One that is deleted can be restored for some weeks, and its bucket is emptied.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const DEFAULT_VALIDITY = Duration.days(3650);
const DEFAULT_CRL_VALIDITY = Duration.days(7);

/** Longest validity of a list in days (API reference, CrlConfiguration). */
const MAX_CRL_DAYS = 5000;

/** How long lists that were replaced can be looked at. */
const OLD_LISTS = Duration.days(90);

/** Tag of the trust anchor with the ARN of the certificate that its CA has. */
const CERTIFICATE_TAG = 'cdk-roles-anywhere:ca-certificate';

/** Properties that say something about the list only. */
const CRL_PROPERTIES = ['crlValidity', 'crlSchedule', 'reserveConcurrency', 'serverAccessLogsBucket', 'alarmTopic'] as const;

/**
 * A root CA in AWS Private CA and the trust anchor for it, for those who have no CA yet.
 *
 * It makes the CA, its certificate and its activation in the order that works, a trust anchor that waits for it, and what revocation takes: a
 * private bucket that this account's CAs may write to, a complete list, and a {@link CrlSync} that imports it when an event tells that it is there.
 *
 * AWS Private CA writes the first list after it has issued the first certificate. The deployment does not wait for it; until then, the function
 * finds nothing and the alarms of {@link crlSync} say so.
 *
 * Certificates name the bucket as the place of the list, and nobody but this account can read it there. Roles Anywhere does not need to;
 * other software that checks revocation at a server's certificate would.
 *
 * For a CA that is there already, or a subordinate one, use {@link TrustAnchorSource.privateCa}, {@link CrlSource.privateCa} and {@link CrlSync}.
 *
 * The role that deploys has to be able to write to the bucket as well: AWS Private CA tries that out when it makes the CA.
 *
 * AWS charges for a CA by the month, from its creation on. Trust anchors of AWS Private CA are not available in the China Regions.
 *
 * @example
 * declare const topic: sns.Topic;
 * const pki = new PrivateCaTrustAnchor(this, 'Pki', {
 *   subject: { commonName: 'Example Hosts Root', organization: 'Example' },
 *   alarmTopic: topic,
 * });
 * new HostAccess(this, 'Backup', { trustAnchors: [pki.trustAnchor], certificate: Subject.organizationalUnit('Backup') });
 */
export class PrivateCaTrustAnchor extends Construct {
  /** The trust anchor. */
  public readonly trustAnchor: TrustAnchor;

  /** The CA. */
  public readonly certificateAuthority: acmpca.CfnCertificateAuthority;

  /** The activation of the CA: what has to wait until it can issue certificates depends on it. */
  public readonly activation: acmpca.CfnCertificateAuthorityActivation;

  /**
   * The bucket that the CA writes its revocation list to.
   *
   * @default - the CA issues short-lived certificates, and there is no list
   */
  public readonly crlBucket?: s3.Bucket;

  /**
   * What imports the revocation list.
   *
   * @default - the CA issues short-lived certificates, and there is no list
   */
  public readonly crlSync?: CrlSync;

  private readonly certificate: acmpca.CfnCertificate;

  /** @throws where a validity cannot be, a property about the list is given for short-lived certificates, or the Region is one of China's */
  public constructor(scope: Construct, id: string, props: PrivateCaTrustAnchorProps) {
    super(scope, id);
    const { shortLived = false, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.refuseUselessProperties(props);
    this.crlBucket = shortLived ? undefined : this.createBucket(props, removalPolicy);
    this.certificateAuthority = this.createAuthority(props, shortLived);
    this.certificate = this.signOwnCertificate(props);
    this.activation = new acmpca.CfnCertificateAuthorityActivation(this, 'Activation', {
      certificateAuthorityArn: this.certificateAuthority.attrArn,
      certificate: this.certificate.attrCertificate,
      status: 'ACTIVE',
    });
    this.trustAnchor = new TrustAnchor(this, 'TrustAnchor', {
      source: TrustAnchorSource.privateCa(this.certificateAuthority, { activation: this.activation }),
      trustAnchorName: props.trustAnchorName,
      enabled: props.enabled,
      notifications: props.notifications,
    });
    // A new certificate changes no property of the trust anchor, which would then go by the validity of the old one.
    (this.trustAnchor.node.defaultChild as CfnTrustAnchor).tags.setTag(CERTIFICATE_TAG, this.certificate.attrArn);
    // Without its activation, which CloudFormation would take back, a CA that stays could not issue.
    [this.certificateAuthority, this.certificate, this.activation].forEach((resource) => resource.applyRemovalPolicy(removalPolicy));
    this.crlSync = this.crlBucket && this.synchronise(this.crlBucket, props);
  }

  /**
   * Lets somebody have certificates issued for hosts: a CI job, or the AWS Private CA issuer of cert-manager.
   *
   * Templates take subject and alternative names as they are requested, so that whoever has this permission can become any host of the trust
   * anchor. Requests have to name the template, as the issuer of cert-manager does and `--template-arn` of the AWS CLI.
   *
   * @param templates those that may be used; `PrivateCaTemplate.END_ENTITY` where none is given
   */
  public grantIssueCertificate(grantee: iam.IGrantable, ...templates: PrivateCaTemplate[]): iam.Grant {
    const allowed = templates.length === 0 ? [PrivateCaTemplate.END_ENTITY] : templates;
    const resourceArns = [this.certificateAuthority.attrArn];
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['acm-pca:IssueCertificate'],
      resourceArns,
      conditions: { StringEquals: { 'acm-pca:TemplateArn': allowed.map(({ templateName }) => this.templateArn(templateName)) } },
    }).combine(iam.Grant.addToPrincipal({
      grantee,
      actions: ['acm-pca:GetCertificate', 'acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificateAuthorityCertificate'],
      resourceArns,
    }));
  }

  /** Lets somebody revoke certificates of the CA. They are refused once the next list is there, about half an hour later. */
  public grantRevokeCertificate(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['acm-pca:RevokeCertificate'], resourceArns: [this.certificateAuthority.attrArn] });
  }

  private refuseUselessProperties(props: PrivateCaTrustAnchorProps): void {
    const useless = CRL_PROPERTIES.filter((name) => props[name] !== undefined);
    if (props.shortLived && useless.length > 0) {
      throw new RolesAnywhereError(
        'PRIVATE_CA_UNSUPPORTED',
        `${useless.join(', ')} is about the revocation list, and a CA for short-lived certificates has none here; leave it out, or leave shortLived out`,
        this,
      );
    }
  }

  private createBucket(props: PrivateCaTrustAnchorProps, removalPolicy: RemovalPolicy): s3.Bucket {
    const bucket = new s3.Bucket(this, 'CrlBucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // The CA sets an access control list on what it writes, which a bucket without such lists would refuse.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: OLD_LISTS, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      serverAccessLogsBucket: props.serverAccessLogsBucket,
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    // The property of the resource itself: `eventBridgeEnabled` would make a function that sets it.
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    this.letAuthoritiesWrite(bucket);
    // A CA that stays has to be able to write its list.
    bucket.policy!.applyRemovalPolicy(removalPolicy);
    return bucket;
  }

  /**
   * The policy has to be there before the CA, whose creation tries it out, so that it cannot name the CA: those of the account and Region may write.
   *
   * @see https://docs.aws.amazon.com/privateca/latest/userguide/crl-planning.html
   */
  private letAuthoritiesWrite(bucket: s3.Bucket): void {
    const stack = Stack.of(this);
    const allow = (sid: string, actions: string[], resource: string) => bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid,
      principals: [new iam.ServicePrincipal('acm-pca.amazonaws.com')],
      actions,
      resources: [resource],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'acm-pca', resource: 'certificate-authority', resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
          }),
        },
      },
    }));
    allow('PrivateCaLooksAtBucket', ['s3:GetBucketAcl', 's3:GetBucketLocation'], bucket.bucketArn);
    allow('PrivateCaWritesLists', ['s3:PutObject', 's3:PutObjectAcl'], bucket.arnForObjects('*'));
  }

  private createAuthority(props: PrivateCaTrustAnchorProps, shortLived: boolean): acmpca.CfnCertificateAuthority {
    const { keyAlgorithm, signingAlgorithm } = props.keyAlgorithm ?? PrivateCaKeyAlgorithm.EC_P256;
    const authority = new acmpca.CfnCertificateAuthority(this, 'CertificateAuthority', {
      type: 'ROOT',
      keyAlgorithm,
      signingAlgorithm,
      subject: { ...props.subject },
      usageMode: shortLived ? 'SHORT_LIVED_CERTIFICATE' : 'GENERAL_PURPOSE',
      revocationConfiguration: this.crlBucket && {
        crlConfiguration: {
          enabled: true,
          crlType: 'COMPLETE',
          expirationInDays: this.days('crlValidity', props.crlValidity ?? DEFAULT_CRL_VALIDITY, MAX_CRL_DAYS),
          s3BucketName: this.crlBucket.bucketName,
          // Public ones, the default, are what Block Public Access is there to prevent.
          s3ObjectAcl: 'BUCKET_OWNER_FULL_CONTROL',
        },
      },
    });
    if (this.crlBucket) {
      authority.addResourceDependency(this.crlBucket.policy!.node.defaultChild as CfnResource);
    }
    return authority;
  }

  private signOwnCertificate(props: PrivateCaTrustAnchorProps): acmpca.CfnCertificate {
    const { attrArn, attrCertificateSigningRequest, signingAlgorithm } = this.certificateAuthority;
    return new acmpca.CfnCertificate(this, 'Certificate', {
      certificateAuthorityArn: attrArn,
      certificateSigningRequest: attrCertificateSigningRequest,
      signingAlgorithm,
      templateArn: this.templateArn('RootCACertificate/V1'),
      validity: { type: 'DAYS', value: this.days('validity', props.validity ?? DEFAULT_VALIDITY) },
    });
  }

  private synchronise(bucket: s3.Bucket, props: PrivateCaTrustAnchorProps): CrlSync {
    return new CrlSync(this, 'CrlSync', {
      trustAnchor: this.trustAnchor,
      sources: [CrlSource.privateCa(this.certificateAuthority, bucket)],
      // The first list comes after the first certificate, and that after the deployment.
      requireAtDeployment: false,
      schedule: props.crlSchedule,
      reserveConcurrency: props.reserveConcurrency,
      alarmTopic: props.alarmTopic,
    });
  }

  /** Templates belong to nobody: their ARN has neither Region nor account. */
  private templateArn(name: string): string {
    return Stack.of(this).formatArn({ service: 'acm-pca', region: '', account: '', resource: 'template', resourceName: name });
  }

  private days(property: string, duration: Duration, most = Number.MAX_SAFE_INTEGER): number {
    const days = duration.toDays({ integral: false });
    if (!Token.isUnresolved(days) && (!Number.isInteger(days) || days < 1 || days > most)) {
      throw new RolesAnywhereError(
        'PRIVATE_CA_UNSUPPORTED',
        `${property} is ${duration.toHumanString()}, and AWS Private CA takes whole days, ${most === Number.MAX_SAFE_INTEGER ? 'one at least' : `1 to ${most}`}`,
        this,
      );
    }
    return days;
  }
}
