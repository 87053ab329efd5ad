/** Where a revocation list that is kept in step is fetched from: a distribution point, an S3 object, or AWS Private CA. */
import { Arn, ArnFormat, aws_acmpca as acmpca, aws_events as events, aws_iam as iam, aws_s3 as s3, Token } from 'aws-cdk-lib';
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
   * The object's KMS key, if any, has to be open to the function by a grant of your own.
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
    throw new RolesAnywhereError(
      'INVALID_CRL_SOURCE',
      `${JSON.stringify(url.replace(/\/\/[^/]*@/, '//...@'))} is no address of a revocation list: it should be http:// or https://, without user and password`,
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
      fetch: { type: 's3', bucket: this.bucket.bucketName, key },
      grant: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects(key)] })],
      events: [
        { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [this.bucket.bucketName] }, object: { key: [key] } } },
        ...this.furtherEvents,
      ],
    };
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
