/** Where a trust anchor's certificates come from: a PEM text, a file, or AWS Private CA. */
import { Annotations, aws_acmpca as acmpca, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere';
import { IConstruct } from 'constructs';
import { CaBundle, readCaBundle } from './private/ca-certificates';
import { RolesAnywhereError } from './private/errors';
import { readUserFile } from './private/files';

/** Options of a trust anchor whose CA is in AWS Private CA. */
export interface PrivateCaSourceOptions {
  /**
   * The activation of a CA that is made in the same app. The trust anchor then waits for it: a CA that is not active yet has
   * no certificate to trust.
   *
   * @default - the trust anchor waits for the CA only, and a warning is given where the CA is made in the same app
   */
  readonly activation?: acmpca.CfnCertificateAuthorityActivation;
}

/** What a source comes to in a template. */
export interface TrustAnchorSourceConfig {
  /** The `Source` property of `AWS::RolesAnywhere::TrustAnchor`. */
  readonly source: CfnTrustAnchor.SourceProperty;

  /**
   * Resources that have to be there before the trust anchor.
   *
   * @default - none
   */
  readonly dependencies?: CfnResource[];

  /**
   * The CA certificates as PEM, where they are known at synth. Revocation lists are verified against them there.
   *
   * @default - not known at synth
   */
  readonly certificatePem?: string;

  /**
   * ARN of the CA in AWS Private CA.
   *
   * @default - the CA is not in AWS Private CA
   */
  readonly certificateAuthorityArn?: string;
}

/**
 * The CA that a trust anchor trusts.
 *
 * Certificates that are known at synth are read and checked there: each must be that of a CA (basicConstraints CA:true, keyUsage
 * keyCertSign), signed with SHA-256 or stronger, valid now, and there once only.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export abstract class TrustAnchorSource {
  /**
   * CA certificates as PEM text: one, or two while one CA takes over from another.
   *
   * A token (say, of a parameter) is passed on unread. Text between the certificates is left out of the template.
   */
  public static certificateBundle(pem: string): TrustAnchorSource {
    return new BundleSource((scope) => readCaBundle(scope, pem, 'the certificate bundle'));
  }

  /**
   * CA certificates from a PEM or DER file. A relative path counts from the current directory, which for `cdk synth` is the one of
   * cdk.json.
   */
  public static certificateFile(path: string): TrustAnchorSource {
    return new BundleSource((scope) => readCaBundle(scope, readUserFile(scope, path, 'certificate file'), `the file ${path}`));
  }

  /**
   * A CA in AWS Private CA, in the same account and Region. Not available in the China Regions.
   *
   * Roles Anywhere reads the CA's validity when the trust anchor is created or updated, not afterwards: update the trust anchor
   * once the CA's certificate has been renewed.
   */
  public static privateCa(ca: acmpca.ICertificateAuthorityRef, options: PrivateCaSourceOptions = {}): TrustAnchorSource {
    return new PrivateCaSource(ca, options);
  }

  /** Called by the trust anchor; sources of your own return what is to be rendered. */
  public abstract bind(scope: IConstruct): TrustAnchorSourceConfig;
}

class BundleSource extends TrustAnchorSource {
  public constructor(private readonly read: (scope: IConstruct) => CaBundle) {
    super();
  }

  public bind(scope: IConstruct): TrustAnchorSourceConfig {
    const { pem, certificates } = this.read(scope);
    return {
      source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: pem } },
      certificatePem: certificates && pem,
    };
  }
}

class PrivateCaSource extends TrustAnchorSource {
  public constructor(private readonly ca: acmpca.ICertificateAuthorityRef, private readonly options: PrivateCaSourceOptions) {
    super();
  }

  public bind(scope: IConstruct): TrustAnchorSourceConfig {
    const { region } = Stack.of(scope);
    if (!Token.isUnresolved(region) && region.startsWith('cn-')) {
      throw new RolesAnywhereError('PRIVATE_CA_UNSUPPORTED', `trust anchors of AWS Private CA are not supported in ${region}; use a certificate bundle`, scope);
    }
    this.warnAboutActivation(scope);
    const { certificateAuthorityArn } = this.ca.certificateAuthorityRef;
    return {
      source: { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn: certificateAuthorityArn } },
      certificateAuthorityArn,
      dependencies: this.options.activation ? [this.options.activation] : [],
    };
  }

  private warnAboutActivation(scope: IConstruct): void {
    if (acmpca.CfnCertificateAuthority.isCfnCertificateAuthority(this.ca) && !this.options.activation) {
      Annotations.of(scope).addWarningV2(
        'cdk-roles-anywhere:TrustAnchor.caActivation',
        'the CA is made in this app, and a trust anchor cannot be created before the CA is active. '
        + 'Pass its CfnCertificateAuthorityActivation as `activation`',
      );
    }
  }
}
