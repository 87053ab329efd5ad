/** RA211: an expiry notification that is enabled, and does not say how early it comes. */
import { isKnownObject } from './model/deferred';
import { Rule, Source, TRUST_ANCHOR } from './model/rule';

export const notificationWithoutThreshold: Rule = {
  id: 'RA211',
  name: 'notification-without-threshold',
  severity: 'error',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A notification setting of a trust anchor is enabled and has no Threshold.',
  why: 'The service wants one of every setting that is enabled, and refuses the trust anchor.',
  fix: 'state the threshold in days (1 to 360), or use ExpiryNotification',
  source: Source.NOTIFICATIONS,
  check: (anchor) => {
    const settings = anchor.property('NotificationSettings');
    return (Array.isArray(settings) ? settings : []).flatMap((setting: unknown, i) => (
      isKnownObject(setting) && String(setting.Enabled) === 'true' && setting.Threshold === undefined
        ? [{ location: `Properties.NotificationSettings[${i}]`, message: `the notification ${String(setting.Event)} is enabled and has no threshold` }]
        : []
    ));
  },
};
