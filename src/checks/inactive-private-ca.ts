/** RA212: a trust anchor that may be made before the CA behind it is active. */
import type { CheckedApp } from './model/app';
import { Reference, referencesIn } from './model/deferred';
import { dependsOn } from './model/dependencies';
import type { Resource } from './model/resource';
import { Rule, TRUST_ANCHOR } from './model/rule';

export const inactivePrivateCa: Rule = {
  id: 'RA212',
  name: 'inactive-private-ca',
  severity: 'warning',
  resourceTypes: [TRUST_ANCHOR],
  finds: 'A trust anchor is of a CA in AWS Private CA that is made in the same app, and does not depend on its CertificateAuthorityActivation.',
  why: 'The service reads the certificate of the CA when the trust anchor is made, and the CA has none before it is activated.',
  fix: 'pass the activation to TrustAnchorSource.privateCa(), or add it to DependsOn of the trust anchor',
  source: '[Private CA User Guide, Install the CA certificate](https://docs.aws.amazon.com/privateca/latest/userguide/PCACertInstall.html)',
  check: (anchor, app) => {
    const arn = anchor.property('Source', 'SourceData', 'AcmPcaArn');
    const ca = arn instanceof Reference && arn.resource.type === 'AWS::ACMPCA::CertificateAuthority' ? arn.resource : undefined;
    const activations = ca ? activationsOf(ca, app) : [];
    // Between stacks the order is not in the templates.
    const isLater = activations.some((activation) => activation.template !== anchor.template || dependsOn(anchor, activation));
    return !ca || isLater ? [] : [{
      location: 'Properties.Source.SourceData.AcmPcaArn',
      message: activations.length === 0
        ? `nothing in the app activates the CA ${ca.logicalId}`
        : `the trust anchor does not depend on ${activations.map(({ logicalId }) => logicalId).join(', ')}, so that it may be made before the CA is active`,
    }];
  },
};

function activationsOf(ca: Resource, app: CheckedApp): readonly Resource[] {
  return app.resources('AWS::ACMPCA::CertificateAuthorityActivation')
    .filter((activation) => referencesIn(activation.property('CertificateAuthorityArn')).some(({ resource }) => resource === ca));
}
