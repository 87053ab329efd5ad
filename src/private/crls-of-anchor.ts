/** Keeps count of the revocation lists of each trust anchor, since the service takes two. */
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';
import { trustAnchorConstruct } from './trust-anchors';
import { CRLS_PER_ANCHOR } from '../trust-model/limits';

const crlsOfAnchor = new WeakMap<IConstruct, IConstruct[]>();

/**
 * Counts a list in.
 *
 * @throws RolesAnywhereError `TOO_MANY_CRLS` at the third list of a trust anchor
 */
export function registerCrl(crl: IConstruct, trustAnchor: IConstruct): void {
  const anchor = trustAnchorConstruct(trustAnchor);
  const others = crlsOfAnchor.get(anchor) ?? [];
  if (others.length >= CRLS_PER_ANCHOR) {
    throw new RolesAnywhereError(
      'TOO_MANY_CRLS',
      `the trust anchor ${anchor.node.path} has ${CRLS_PER_ANCHOR} revocation lists already (${others.map(({ node }) => node.path).join(', ')}), `
      + 'and the service takes no more. Mind that replacing a list while both places are taken fails as well: remove one first',
      crl,
    );
  }
  crlsOfAnchor.set(anchor, [...others, crl]);
}
