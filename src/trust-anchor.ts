/** The trust anchor: the CA whose certificates Roles Anywhere accepts. */
import { IResource, Resource, Token } from 'aws-cdk-lib';
import { ICertificateAuthorityRef } from 'aws-cdk-lib/aws-acmpca';
import { MathExpression, MathExpressionOptions, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { CfnTrustAnchor, ITrustAnchorRef, TrustAnchorReference } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { Crl, CrlOptions } from './crl';
import { ExpiryNotification } from './expiry-notification';
import { rolesAnywhereArn, splitRolesAnywhereArn } from './private/arns';
import { readUnjudged, rememberCaCertificates, rememberPrivateCa } from './private/ca-certificates';
import { RolesAnywhereError } from './private/errors';
import { allFailuresMetric } from './private/failure-metrics';
import { anchorMetric, failureMetric } from './private/metrics';
import { EVENT_SOURCE, EXPIRY_DETAIL_TYPE, METRIC_OPERATION } from './private/monitoring-facts';
import { resourceName } from './private/names';
import { TRUST_ANCHOR_SYMBOL } from './private/trust-anchors';
import { TrustAnchorSource } from './trust-anchor-source';

/** A trust anchor, made here or imported. */
export interface ITrustAnchor extends IResource, ITrustAnchorRef {
  /**
   * ARN of the trust anchor.
   *
   * @attribute
   */
  readonly trustAnchorArn: string;

  /**
   * Id of the trust anchor, a UUID.
   *
   * @attribute
   */
  readonly trustAnchorId: string;

  /**
   * Sessions given out to certificates of this trust anchor.
   *
   * @default - sum over five minutes
   */
  metricSuccess(props?: MetricOptions): Metric;

  /**
   * Days until the trust anchor's CA certificate expires; there is data at most daily, and inside the notification threshold only.
   *
   * @default - minimum over a day
   */
  metricDaysToExpiry(props?: MetricOptions): Metric;

  /**
   * An EventBridge rule for the daily event that announces the end of the CA certificate.
   *
   * Events about hosts' certificates do not name a trust anchor; {@link TrustAnchor.onAnyCertificateExpiring} has those too.
   *
   * Of `eventPattern` it takes what narrows the events down, such as `detail`; source, type and resources are set, and refused.
   */
  onCertificateExpiring(id: string, options?: OnEventOptions): Rule;
}

/** What is known about an existing trust anchor. */
export interface TrustAnchorAttributes {
  /** ARN of the trust anchor. */
  readonly trustAnchorArn: string;

  /**
   * Its CA certificates as PEM text. Static revocation lists are verified against them at synth.
   *
   * @default - not known at synth
   */
  readonly certificatePem?: string;

  /**
   * The CA in AWS Private CA that is its source. A CrlSync needs to know it, to read the certificate of that CA.
   *
   * @default - the trust anchor has a certificate bundle
   */
  readonly certificateAuthority?: ICertificateAuthorityRef;
}

/** Properties of a trust anchor. */
export interface TrustAnchorProps {
  /** The CA to trust. */
  readonly source: TrustAnchorSource;

  /**
   * Name of the trust anchor: letters, digits, blanks, hyphens and underscores, 255 characters at most.
   *
   * @default - made from the construct's path
   */
  readonly trustAnchorName?: string;

  /**
   * Whether certificates of this CA are accepted. Stated in the template in any case: CloudFormation leaves a trust anchor
   * disabled when it is not.
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
}

/** Remembers what a trust anchor trusts, and says what of it is known at synth. */
function rememberSource(anchor: Construct, certificatePem: string | undefined, certificateAuthorityArn: string | undefined): string | undefined {
  if (certificateAuthorityArn !== undefined) {
    rememberPrivateCa(anchor, certificateAuthorityArn);
  }
  if (certificatePem === undefined || Token.isUnresolved(certificatePem)) {
    return undefined;
  }
  rememberCaCertificates(anchor, readUnjudged(anchor, certificatePem, 'certificatePem'));
  return certificatePem;
}

/** Parts of an event pattern that are set here; given as well, they would be alternatives and let in other events. */
function refuseKeys(scope: Construct, options: OnEventOptions, keys: ReadonlyArray<'resources' | 'source' | 'detailType'>): void {
  const given = keys.filter((key) => options.eventPattern?.[key] !== undefined);
  if (given.length > 0) {
    throw new RolesAnywhereError(
      'INVALID_NOTIFICATION',
      `eventPattern has ${given.join(' and ')}, which is set already, and a second value would let in more events rather than fewer; leave it out`,
      scope,
    );
  }
}

abstract class TrustAnchorBase extends Resource implements ITrustAnchor {
  public abstract readonly trustAnchorArn: string;
  public abstract readonly trustAnchorId: string;

  public get trustAnchorRef(): TrustAnchorReference {
    return { trustAnchorArn: this.trustAnchorArn, trustAnchorId: this.trustAnchorId };
  }

  public metricSuccess(props?: MetricOptions): Metric {
    return anchorMetric(this, 'Success', { Operation: METRIC_OPERATION, TrustAnchorArn: this.trustAnchorArn }, 'Sum', 5, props);
  }

  public metricDaysToExpiry(props?: MetricOptions): Metric {
    return anchorMetric(this, 'DaysToExpiry', { TrustAnchorArn: this.trustAnchorArn }, 'Minimum', 24 * 60, props);
  }

  public onCertificateExpiring(id: string, options: OnEventOptions = {}): Rule {
    refuseKeys(this, options, ['resources']);
    const rule = TrustAnchor.onAnyCertificateExpiring(this, id, options);
    rule.addEventPattern({ resources: [this.trustAnchorArn] });
    return rule;
  }
}

/**
 * A trust anchor: hosts whose certificates chain up to its CA may ask for sessions.
 *
 * What they get is up to roles and profiles; a trust anchor by itself gives no access.
 *
 * @resource AWS::RolesAnywhere::TrustAnchor
 * @example
 * new TrustAnchor(this, 'Anchor', {
 *   source: TrustAnchorSource.certificateFile('pki/root.pem'),
 *   notifications: [ExpiryNotification.caCertificate({ threshold: Duration.days(90) })],
 * });
 */
export class TrustAnchor extends TrustAnchorBase {
  /** An existing trust anchor by its ARN. */
  public static fromTrustAnchorArn(scope: Construct, id: string, trustAnchorArn: string): ITrustAnchor {
    return TrustAnchor.fromTrustAnchorAttributes(scope, id, { trustAnchorArn });
  }

  /**
   * An existing trust anchor of which more than the ARN is known: the certificates against which static revocation lists are verified, or
   * the CA in AWS Private CA that a CrlSync has to ask.
   */
  public static fromTrustAnchorAttributes(scope: Construct, id: string, attributes: TrustAnchorAttributes): ITrustAnchor {
    const { trustAnchorArn, certificatePem, certificateAuthority } = attributes;
    const components = splitRolesAnywhereArn(scope, 'trust-anchor', trustAnchorArn);
    class Import extends TrustAnchorBase {
      public readonly trustAnchorArn = trustAnchorArn;
      public readonly trustAnchorId = components.resourceName!;
    }
    const anchor = new Import(scope, id, { environmentFromArn: trustAnchorArn });
    rememberSource(anchor, certificatePem, certificateAuthority?.certificateAuthorityRef.certificateAuthorityArn);
    return anchor;
  }

  /** An existing trust anchor of the stack's account and Region by its id. */
  public static fromTrustAnchorId(scope: Construct, id: string, trustAnchorId: string): ITrustAnchor {
    return TrustAnchor.fromTrustAnchorArn(scope, id, rolesAnywhereArn(scope, 'trust-anchor', trustAnchorId));
  }

  /** Whether something is a TrustAnchor made by this library. */
  public static isTrustAnchor(x: any): x is TrustAnchor {
    return x !== null && typeof x === 'object' && TRUST_ANCHOR_SYMBOL in x;
  }

  /**
   * Sessions that were refused in this account and Region, for one type of error.
   *
   * The service does not say which trust anchor a refusal belongs to: this metric has no such dimension.
   *
   * @param errorType value of the `ErrorType` dimension, for example `AccessDeniedException`
   */
  public static metricFailure(errorType: string, props?: MetricOptions): Metric {
    return failureMetric(errorType, props);
  }

  /**
   * Sessions that were refused in this account and Region, whatever the type of error.
   *
   * It is a query of Metrics Insights, since the types are not documented. Alarms take it, and look back three hours with it at most.
   *
   * @default - sum over five minutes
   */
  public static metricAllFailures(props?: MathExpressionOptions): MathExpression {
    return allFailuresMetric(props);
  }

  /**
   * An EventBridge rule for every expiry event of the account and Region: of CAs, and of hosts' certificates when they are used.
   *
   * Of `eventPattern` it takes what narrows the events down, such as `detail`; source and type are set, and refused.
   *
   * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/monitoring-events.html
   */
  public static onAnyCertificateExpiring(scope: Construct, id: string, options: OnEventOptions = {}): Rule {
    refuseKeys(scope, options, ['source', 'detailType']);
    const rule = new Rule(scope, id, { description: options.description, ruleName: options.ruleName, crossStackScope: options.crossStackScope });
    rule.addEventPattern(options.eventPattern);
    rule.addEventPattern({ source: [EVENT_SOURCE], detailType: [EXPIRY_DETAIL_TYPE] });
    rule.addTarget(options.target);
    return rule;
  }

  public readonly trustAnchorArn: string;
  public readonly trustAnchorId: string;

  /**
   * The CA certificates as PEM, where they are known at synth.
   *
   * @default - not known at synth
   */
  public readonly certificatePem?: string;

  public constructor(scope: Construct, id: string, props: TrustAnchorProps) {
    super(scope, id);
    Object.defineProperty(this, TRUST_ANCHOR_SYMBOL, { value: true });
    const { source, dependencies = [], certificatePem, certificateAuthorityArn } = props.source.bind(this);
    const resource = new CfnTrustAnchor(this, 'Resource', {
      name: resourceName(this, props.trustAnchorName),
      source,
      // Left out, the service takes it for false.
      enabled: props.enabled ?? true,
      notificationSettings: this.renderNotifications(props.notifications),
    });
    dependencies.forEach((dependency) => resource.addResourceDependency(dependency));
    this.certificatePem = rememberSource(this, certificatePem, certificateAuthorityArn);
    this.trustAnchorArn = resource.attrTrustAnchorArn;
    this.trustAnchorId = resource.attrTrustAnchorId;
  }

  /** Adds a static revocation list; a trust anchor takes two. */
  public addCrl(id: string, options: CrlOptions): Crl {
    return new Crl(this, id, { ...options, trustAnchor: this });
  }

  private renderNotifications(notifications: ExpiryNotification[] | undefined): CfnTrustAnchor.NotificationSettingProperty[] | undefined {
    const events = (notifications ?? []).map(({ event }) => event);
    if (new Set(events).size < events.length) {
      throw new RolesAnywhereError(
        'INVALID_NOTIFICATION',
        'two notifications are for the same kind of certificate; the service keeps one setting a kind, so give each once',
        this,
      );
    }
    return notifications?.map(({ event, enabled, threshold }) => ({
      event,
      enabled,
      channel: 'ALL',
      threshold: enabled ? threshold.toDays() : undefined,
    }));
  }
}
