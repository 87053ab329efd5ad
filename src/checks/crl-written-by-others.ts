/** RA407: a revocation list that CloudFormation owns, while something else may write to it. */
import type { CheckedApp } from './model/app';
import { knownText, referencesIn, textParts } from './model/deferred';
import { policiesIn, POLICY_TYPES, statementsOf } from './model/permissions';
import type { Resource } from './model/resource';
import { CRL, ROLE, Rule, Source } from './model/rule';
import { asList } from '../trust-model/policy-json';
import { coversAction } from '../trust-model/trust-statements';

export const crlWrittenByOthers: Rule = {
  id: 'RA407',
  name: 'crl-written-by-others',
  severity: 'error',
  resourceTypes: [CRL],
  finds: 'A policy in the app allows rolesanywhere:UpdateCrl on a revocation list that stands in a template. It is a warning where the policy is for all lists '
    + 'of the account.',
  why: 'An update of the stack that touches the list puts the content of the template back: whoever was revoked in the meantime is let in again.',
  fix: 'have CrlSync keep the list in step, which imports lists of its own, or take the permission away',
  source: Source.UPDATE_CRL,
  check: (crl, app) => writersOf(crl, app).map(({ resource, isByName }) => ({
    location: 'Properties.CrlData',
    severity: isByName ? 'error' as const : 'warning' as const,
    message: `${resource.constructPath ?? resource.logicalId} may ${isByName ? 'write to this list' : 'write to every list of the account, this one too'}`,
  })),
};

interface Writer {
  readonly resource: Resource;
  readonly isByName: boolean;
}

function writersOf(crl: Resource, app: CheckedApp): Writer[] {
  const policies = [ROLE, ...POLICY_TYPES].flatMap((type) => app.resources(type)).flatMap(policiesIn);
  return policies.flatMap(({ resource, document }) => {
    const targets = statementsOf(document).filter(allowsUpdate)
      .map(({ Resource: on, Condition: condition }) => ({ on, isOpen: condition === undefined }));
    const isByName = targets.some(({ on }) => referencesIn(on).some((reference) => reference.resource === crl));
    return isByName || targets.some(({ on, isOpen }) => isOpen && asList(on).some(isEveryList)) ? [{ resource, isByName }] : [];
  });
}

/** Administrators, who may do everything, do not write lists by the clock. */
function allowsUpdate({ Effect: effect, Action: action }: Readonly<Record<string, unknown>>): boolean {
  return effect === 'Allow' && asList(action).some((pattern) => (
    typeof pattern === 'string' && /^rolesanywhere:.*crl/i.test(pattern) && coversAction(pattern, 'rolesanywhere:UpdateCrl')
  ));
}

function isEveryList(on: unknown): boolean {
  const parts = textParts(on);
  return parts !== undefined && /^\*$|:crl\/\*$/.test(parts.map((part) => (typeof part === 'string' ? knownText(part) : '?')).join(''));
}
