/** Where a revocation list that is kept in step is fetched from: a distribution point, an S3 object, or AWS Private CA. */
import { Arn, ArnFormat, aws_acmpca as acmpca, aws_events as events, aws_iam as iam, aws_s3 as s3, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './private/errors';

/** What a source comes to for the function that fetches. */
export interface CrlSourceConfig {
  /** How the function fetches it; values may be tokens. */
  readonly fetch: { [key: string]: any };

  /**
   * Grants the function what it needs to fetch.
   *
   * @default - nothing is needed
   */
  readonly grant?: iam.PolicyStatement[];

  /**
   * Events at which the list should be fetched at once.
   *
   * @default - only the schedule
   */
  readonly events?: events.EventPattern[];

  /**
   * ARN of the CA in AWS Private CA whose list it is. It is taken for the source of a trust anchor of which no CA is known.
   *
   * @default - the list is not of AWS Private CA
   */
  readonly certificateAuthorityArn?: string;
}

/** Options of a list in an S3 bucket that AWS Private CA writes to. */
export interface PrivateCaCrlOptions {
  /**
   * Key of the list in the bucket.
   *
   * @default - crl/<id of the CA>.crl
   */
  readonly key?: string;
}

/** Where a list is fetched from. */
export abstract class CrlSource {
  /**
   * An HTTP or HTTPS distribution point.
   *
   * Lists are signed, so that plain HTTP is as safe as HTTPS and common for them.
   *
   * @param fallbacks other places of the same list, tried in order when the first does not answer with an acceptable list
   */
  public static url(url: string, ...fallbacks: string[]): CrlSource {
    return new UrlSource([url, ...fallbacks]);
  }

  /**
   * An object in an S3 bucket, PEM or DER. Where the bucket sends events to Amazon EventBridge, a new object is fetched at once.
   *
   * The function may decrypt with the bucket's KMS key where the bucket knows it (`encryptionKey`); a key that is not known, or whose policy
   * does not leave it to IAM, has to be open to the function by a grant of your own. A bucket of another account or Region has no events here,
   * and one of another account has to be open to the function by its bucket policy.
   */
  public static s3Object(bucket: s3.IBucket, key: string): CrlSource {
    return new S3Source(bucket, () => key, []);
  }

  /**
   * The list that AWS Private CA publishes to a bucket. A list of type PARTITIONED is refused: it is many lists, and a trust anchor takes two.
   *
   * Private CA writes the first list after the first certificate was issued: a CrlSync of a new CA should not require the list at deployment.
   */
  public static privateCa(ca: acmpca.ICertificateAuthorityRef, bucket: s3.IBucket, options: PrivateCaCrlOptions = {}): CrlSource {
    const { certificateAuthorityArn } = ca.certificateAuthorityRef;
    return new S3Source(bucket, (scope) => options.key ?? `crl/${privateCaId(scope, certificateAuthorityArn)}.crl`, [
      { source: ['aws.acm-pca'], detailType: ['ACM Private CA CRL Generation'], resources: [certificateAuthorityArn] },
    ], ca);
  }

  /** Called by CrlSync; sources of your own return what the function understands. */
  public abstract bind(scope: IConstruct): CrlSourceConfig;
}

class UrlSource extends CrlSource {
  public constructor(private readonly urls: string[]) {
    super();
  }

  public bind(scope: IConstruct): CrlSourceConfig {
    this.urls.forEach((url) => checkUrl(scope, url));
    return { fetch: { type: 'url', urls: this.urls } };
  }
}

function checkUrl(scope: IConstruct, url: string): void {
  if (Token.isUnresolved(url)) {
    return;
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol) || parsed.username || parsed.password) {
    // What is before an @ may be a password, in forms of addresses that readers take differently.
    const shown = url.includes('@') ? 'an address with a user or password (not shown)' : JSON.stringify(url);
    throw new RolesAnywhereError(
      'INVALID_CRL_SOURCE',
      `${shown} is no address of a revocation list: it should be http:// or https://, without user and password`,
      scope,
    );
  }
}

class S3Source extends CrlSource {
  public constructor(
    private readonly bucket: s3.IBucket,
    private readonly key: (scope: IConstruct) => string,
    private readonly furtherEvents: events.EventPattern[],
    private readonly ca?: acmpca.ICertificateAuthorityRef,
  ) {
    super();
  }

  public bind(scope: IConstruct): CrlSourceConfig {
    this.refusePartitioned(scope);
    const key = this.key(scope);
    return {
      fetch: { type: 's3', bucket: this.bucket.bucketName, key, ...this.otherRegion(scope) },
      grant: this.grants(key),
      events: [
        { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [this.bucket.bucketName] }, object: { key: [key] } } },
        ...this.furtherEvents,
      ],
      certificateAuthorityArn: this.ca?.certificateAuthorityRef.certificateAuthorityArn,
    };
  }

  private grants(key: string): iam.PolicyStatement[] {
    const { bucketArn, encryptionKey } = this.bucket;
    return [
      new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects(key)] }),
      // Without it S3 says of an object that is not there yet that it is forbidden (403 rather than 404; API reference, GetObject).
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn] }),
      ...(encryptionKey ? [new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [encryptionKey.keyArn] })] : []),
    ];
  }

  /** S3 is asked in the Region of the bucket, which is the function's unless something else is known. */
  private otherRegion(scope: IConstruct): { region?: string } {
    const { region } = this.bucket.env;
    return Token.isUnresolved(region) || region === Stack.of(scope).region ? {} : { region };
  }

  private refusePartitioned(scope: IConstruct): void {
    if (!acmpca.CfnCertificateAuthority.isCfnCertificateAuthority(this.ca)) {
      return;
    }
    const revocation = this.ca.revocationConfiguration as acmpca.CfnCertificateAuthority.RevocationConfigurationProperty | undefined;
    const crl = revocation?.crlConfiguration as acmpca.CfnCertificateAuthority.CrlConfigurationProperty | undefined;
    if (crl?.crlType === 'PARTITIONED') {
      throw new RolesAnywhereError(
        'INVALID_CRL_SOURCE',
        'the CA publishes its revocations as PARTITIONED lists, and a trust anchor takes two lists; set crlType to COMPLETE',
        scope,
      );
    }
  }
}

/** The last part of a CA's ARN, which may be a token. */
function privateCaId(scope: IConstruct, arn: string): string {
  return Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).resourceName ?? fail(scope, arn);
}

function fail(scope: IConstruct, arn: string): never {
  throw new RolesAnywhereError('INVALID_ARN', `${JSON.stringify(arn)} is not the ARN of a certificate authority`, scope);
}
