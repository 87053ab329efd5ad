/** RA502: event patterns for events of Roles Anywhere that nobody sends. */
import { isKnownObject } from './model/deferred';
import { Rule, Source } from './model/rule';
import { EVENT_SOURCE, EXPIRY_DETAIL_TYPE } from '../private/monitoring-facts';
import { SERVICE_PRINCIPAL } from '../trust-model/trust-statements';

export const wrongEventPattern: Rule = {
  id: 'RA502',
  name: 'wrong-event-pattern',
  severity: 'error',
  resourceTypes: ['AWS::Events::Rule'],
  finds: `An event pattern is meant for Roles Anywhere, and asks for another source than ${EVENT_SOURCE}, a detail-type that does not exist, or calls of another `
    + `eventSource than ${SERVICE_PRINCIPAL}.`,
  why: 'EventBridge takes any pattern. The rule never matches, and nobody hears that a certificate expires.',
  fix: `use the source ${EVENT_SOURCE} and the detail-type "${EXPIRY_DETAIL_TYPE}", or onCertificateExpiring() of TrustAnchor`,
  source: Source.EVENTS,
  check: (rule) => {
    const pattern = rule.property('EventPattern');
    return !isKnownObject(pattern) ? [] : [
      ...checkSource(pattern), ...checkDetailType(pattern), ...checkEventSource(pattern),
    ].map(({ place, message }) => ({ location: `Properties.EventPattern.${place}`, message }));
  },
};

interface PatternProblem {
  readonly place: string;
  readonly message: string;
}

/** Names that mean Roles Anywhere, whether they are right or not. */
const MEANT = /roles[\s-]?anywhere/i;

/** Events of every service that CloudTrail passes on. */
const VIA_CLOUDTRAIL = /via CloudTrail$/;

function checkSource({ source, 'detail-type': detailTypes }: Readonly<Record<string, unknown>>): PatternProblem[] {
  const sources = textsOf(source);
  const wrong = isMeant(sources, detailTypes) && sources.length > 0 && !sources.includes(EVENT_SOURCE);
  return wrong ? [{ place: 'source', message: `events of Roles Anywhere have the source ${EVENT_SOURCE}, not ${sources.join(' or ')}` }] : [];
}

function isMeant(sources: readonly string[], detailTypes: unknown): boolean {
  return sources.some((text) => MEANT.test(text)) || textsOf(detailTypes).some((text) => MEANT.test(text));
}

function checkDetailType({ source, 'detail-type': detailTypes }: Readonly<Record<string, unknown>>): PatternProblem[] {
  const types = textsOf(detailTypes);
  const ours = types.filter((type) => MEANT.test(type) || isOnlySource(source));
  const wrong = ours.filter((type) => type !== EXPIRY_DETAIL_TYPE && !VIA_CLOUDTRAIL.test(type));
  return wrong.length === 0 || wrong.length < ours.length ? [] : [{
    place: 'detail-type',
    message: `Roles Anywhere sends no events of the type ${wrong.map((type) => JSON.stringify(type)).join(' or ')}; those on expiry are called "${EXPIRY_DETAIL_TYPE}"`,
  }];
}

function isOnlySource(source: unknown): boolean {
  const sources = textsOf(source);
  return sources.length > 0 && sources.every((text) => text === EVENT_SOURCE);
}

function checkEventSource({ detail }: Readonly<Record<string, unknown>>): PatternProblem[] {
  const sources = isKnownObject(detail) ? textsOf(detail.eventSource) : [];
  const meant = sources.filter((text) => MEANT.test(text));
  return meant.length === 0 || sources.includes(SERVICE_PRINCIPAL) ? [] : [{
    place: 'detail.eventSource',
    message: `CloudTrail calls the service ${SERVICE_PRINCIPAL}, not ${meant.join(' or ')}`,
  }];
}

/** The values that a pattern takes; none where it has another kind of filter, such as a prefix. */
function textsOf(values: unknown): readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : [];
}
