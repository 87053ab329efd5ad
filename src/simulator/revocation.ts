/** The step that asks whether a certificate on the path is revoked. */
import { Certificate } from '../x509';
import { StepOutcome } from './decision';
import { CrlModel, TrustAnchorModel } from './model';

/** What a revocation check has to go by. */
export interface RevocationInput {
  readonly anchor: TrustAnchorModel;
  /** The lists that are, or may be, imported for the anchor, the disabled ones too. */
  readonly crls: readonly CrlModel[];
  /** The host's certificate first, the anchor's last; as far as a path was found. */
  readonly path: readonly Certificate[];
  readonly at: Date;
}

/** Decides whether anything on the path is revoked. */
export type RevocationCheck = (input: RevocationInput) => StepOutcome;

const NOT_CALLED = 'the service itself follows neither CRL distribution points nor OCSP: a certificate is revoked by an imported list only';

/**
 * Names the lists that the service would consult, without consulting them.
 *
 * A list that is imported and enabled is never passed over in silence: the step is then `not-evaluated`, a caveat of the decision.
 */
export const revocationNotEvaluated: RevocationCheck = ({ crls }) => {
  const disabled = crls.filter(({ enabled, unusable }) => !enabled && unusable === undefined);
  const consulted = crls.filter((crl) => !disabled.includes(crl));
  const facts = [
    NOT_CALLED,
    ...disabled.map((crl) => `CRL ${nameOf(crl)} is disabled${crl.enabledStated ? '' : ' (its template does not state Enabled)'} and revokes nothing`),
    ...consulted.map(consultedFact),
  ];
  if (consulted.length === 0) {
    return { status: 'passed', facts: [...facts, 'no enabled revocation list is imported for this trust anchor'] };
  }
  const names = consulted.map(nameOf).join(', ');
  return { status: 'not-evaluated', facts, reason: `revocation lists are not evaluated: whether ${names} revokes the certificate is not known` };
};

function consultedFact(crl: CrlModel): string {
  const whose = crl.trustAnchorArn === undefined
    ? 'names no trust anchor that is known, so it may be for this one'
    : 'is imported for this trust anchor';
  return `CRL ${nameOf(crl)} ${whose}${crl.unusable === undefined ? '' : ` (${crl.unusable})`}`;
}

function nameOf({ name, logicalId }: CrlModel): string {
  return name === logicalId ? name : `${name} (${logicalId})`;
}
