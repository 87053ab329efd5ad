/** The trust anchor: the CA whose certificates Roles Anywhere accepts. */
import { IResource, Resource } from 'aws-cdk-lib';
import { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { CfnTrustAnchor, ITrustAnchorRef, TrustAnchorReference } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { Crl, CrlOptions } from './crl';
import { ExpiryNotification } from './expiry-notification';
import { rolesAnywhereArn, splitRolesAnywhereArn } from './private/arns';
import { rememberCaCertificates, rememberPrivateCa } from './private/ca-certificates';
import { RolesAnywhereError } from './private/errors';
import { anchorMetric, failureMetric } from './private/metrics';
import { resourceName } from './private/names';
import { TrustAnchorSource } from './trust-anchor-source';
import { readCertificates } from './x509';

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
   */
  onCertificateExpiring(id: string, options?: OnEventOptions): Rule;
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

const EVENT_SOURCE = 'aws.rolesanywhere';
const EXPIRY_DETAIL_TYPE = 'Roles Anywhere Certificate Expiration State Change';

abstract class TrustAnchorBase extends Resource implements ITrustAnchor {
  public abstract readonly trustAnchorArn: string;
  public abstract readonly trustAnchorId: string;

  public get trustAnchorRef(): TrustAnchorReference {
    return { trustAnchorArn: this.trustAnchorArn, trustAnchorId: this.trustAnchorId };
  }

  public metricSuccess(props?: MetricOptions): Metric {
    return anchorMetric(this, 'Success', { Operation: 'CreateSession', TrustAnchorArn: this.trustAnchorArn }, 'Sum', 5, props);
  }

  public metricDaysToExpiry(props?: MetricOptions): Metric {
    return anchorMetric(this, 'DaysToExpiry', { TrustAnchorArn: this.trustAnchorArn }, 'Minimum', 24 * 60, props);
  }

  public onCertificateExpiring(id: string, options: OnEventOptions = {}): Rule {
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
    const components = splitRolesAnywhereArn(scope, 'trust-anchor', trustAnchorArn);
    class Import extends TrustAnchorBase {
      public readonly trustAnchorArn = trustAnchorArn;
      public readonly trustAnchorId = components.resourceName!;
    }
    return new Import(scope, id, { environmentFromArn: trustAnchorArn });
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
   * An EventBridge rule for every expiry event of the account and Region: of CAs, and of hosts' certificates when they are used.
   *
   * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/monitoring-events.html
   */
  public static onAnyCertificateExpiring(scope: Construct, id: string, options: OnEventOptions = {}): Rule {
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
    dependencies.forEach((dependency) => resource.addDependency(dependency));
    if (certificatePem !== undefined) {
      rememberCaCertificates(this, readCertificates(certificatePem));
    }
    if (certificateAuthorityArn !== undefined) {
      rememberPrivateCa(this, certificateAuthorityArn);
    }
    this.certificatePem = certificatePem;
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

const TRUST_ANCHOR_SYMBOL = Symbol.for('cdk-roles-anywhere.TrustAnchor');
