/** What a trust anchor reports before certificates expire, and how early. */
import { Duration } from 'aws-cdk-lib';
import { RolesAnywhereError } from './private/errors';

/** Options of an expiry notification. */
export interface ExpiryNotificationOptions {
  /**
   * How long before the certificate's end the notifications begin, 1 to 360 days.
   *
   * @default Duration.days(45)
   */
  readonly threshold?: Duration;

  /**
   * Whether the notification is sent. Roles Anywhere sends both kinds unless they are switched off.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

/**
 * A notification before a certificate expires. Roles Anywhere sends it to Amazon EventBridge, AWS Health and, for CA
 * certificates, CloudWatch.
 *
 * Without any, the service notifies of both kinds 45 days ahead.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/customize-notification-settings.html
 */
export class ExpiryNotification {
  /** Before a certificate of the trust anchor itself expires. */
  public static caCertificate(options: ExpiryNotificationOptions = {}): ExpiryNotification {
    return new ExpiryNotification('CA_CERTIFICATE_EXPIRY', options);
  }

  /** Before a host's certificate, or an intermediate one, expires; noticed when it is used. */
  public static endEntityCertificate(options: ExpiryNotificationOptions = {}): ExpiryNotification {
    return new ExpiryNotification('END_ENTITY_CERTIFICATE_EXPIRY', options);
  }

  /** Name of the event as CloudFormation has it. */
  public readonly event: string;

  /** How long before the end notifications begin. */
  public readonly threshold: Duration;

  /** Whether the notification is sent. */
  public readonly enabled: boolean;

  private constructor(event: string, options: ExpiryNotificationOptions) {
    this.event = event;
    this.threshold = options.threshold ?? Duration.days(45);
    this.enabled = options.enabled ?? true;
    if (!this.threshold.isUnresolved()) {
      const days = this.threshold.toDays({ integral: false });
      if (!Number.isInteger(days) || days < 1 || days > 360) {
        throw new RolesAnywhereError('INVALID_NOTIFICATION', `the threshold of a notification is a whole number of days from 1 to 360, not ${days}`);
      }
    }
  }
}
