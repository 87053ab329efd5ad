/** A static revocation list: certificates that are refused although they have not expired, as known when the app is synthesised. */
import { createHash } from 'crypto';
import { IResource, Resource, Stack, Token } from 'aws-cdk-lib';
import { CfnCRL, CRLReference, ICRLRef, ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CrlData } from './crl-data';
import { rolesAnywhereArn } from './private/arns';
import { knownCaCertificates } from './private/ca-certificates';
import { registerCrl } from './private/crls-of-anchor';
import { CRL_ISSUERS_KEY } from './private/metadata-keys';
import { resourceName } from './private/names';
import { issuersBelow, readStaticCrl } from './private/static-crl';
import { requireSameEnvironment, trustAnchorConstruct } from './private/trust-anchors';
import { Certificate, encodePem } from './x509';

/** A revocation list, made here or imported. */
export interface ICrl extends IResource, ICRLRef {
  /**
   * Id of the list, a UUID.
   *
   * @attribute
   */
  readonly crlId: string;

  /** ARN of the list. CloudFormation has none to offer: it is built from the id. */
  readonly crlArn: string;
}

/** What a static revocation list has besides its trust anchor. */
export interface CrlOptions {
  /** The list itself. */
  readonly data: CrlData;

  /**
   * Name of the list: letters, digits, blanks, hyphens and underscores, 255 characters at most.
   *
   * @default - made from the construct's path
   */
  readonly crlName?: string;

  /**
   * Whether the list counts. Stated in the template in any case: CloudFormation leaves a list disabled when it is not.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * PEM text of the CA that issued the list, where that is not the trust anchor's own: an intermediate CA. Where the trust anchor's
   * certificates are known at synth, it has to lead to them; give the CAs between the two as well.
   *
   * @default - the certificates of the trust anchor
   */
  readonly issuerCertificates?: string;
}

/** Properties of a static revocation list. */
export interface CrlProps extends CrlOptions {
  /** The trust anchor whose certificates it revokes. A change of trust anchor makes a new list. */
  readonly trustAnchor: ITrustAnchorRef;
}

abstract class CrlBase extends Resource implements ICrl {
  public abstract readonly crlId: string;

  public get crlArn(): string {
    return rolesAnywhereArn(this, 'crl', this.crlId);
  }

  public get crlRef(): CRLReference {
    return { crlId: this.crlId };
  }
}

/**
 * A revocation list that is part of the template.
 *
 * It is read at synth, and verified against the trust anchor's certificates where those are known: issuer, signature, age, whether it is
 * complete, and the service's limit of 300,000 bytes of PEM. DER is turned into PEM. A trust anchor takes two lists at most.
 *
 * The template owns the list: an update of the stack that touches it puts the template's content back, and with it lets in again whoever was
 * revoked in the meantime by other means. Nothing else should write to it.
 *
 * @resource AWS::RolesAnywhere::CRL
 * @example
 * declare const anchor: TrustAnchor;
 * new Crl(this, 'Revoked', { trustAnchor: anchor, data: CrlData.file('pki/root.crl') });
 */
export class Crl extends CrlBase {
  /** An existing list of the stack's account and Region by its id. */
  public static fromCrlId(scope: Construct, id: string, crlId: string): ICrl {
    class Import extends CrlBase {
      public readonly crlId = crlId;
    }
    return new Import(scope, id);
  }

  /** Whether something is a Crl made by this library. */
  public static isCrl(x: any): x is Crl {
    return x !== null && typeof x === 'object' && CRL_SYMBOL in x;
  }

  public readonly crlId: string;

  public constructor(scope: Construct, id: string, props: CrlProps) {
    super(scope, id);
    Object.defineProperty(this, CRL_SYMBOL, { value: true });
    requireSameEnvironment(this, props.trustAnchor, 'trust anchor');
    registerCrl(this, props.trustAnchor);
    // Left out, the service takes it for false.
    const enabled = props.enabled ?? true;
    const resource = new CfnCRL(this, 'Resource', {
      name: resourceName(this, props.crlName),
      crlData: readStaticCrl(this, props.data._read(this), props.data._where, { issuers: this.issuers(props), enabled }),
      trustAnchorArn: props.trustAnchor.trustAnchorRef.trustAnchorArn,
      enabled,
    });
    this.noteIssuers(resource, props);
    this.bindLogicalIdToAnchor(resource, props.trustAnchor);
    this.crlId = resource.attrCrlId;
  }

  /** For those who check the template, where nothing else says that an intermediate CA issued the list. */
  private noteIssuers(resource: CfnCRL, { trustAnchor, issuerCertificates }: CrlProps): void {
    const below = issuerCertificates === undefined ? [] : issuersBelow(this, issuerCertificates, trustAnchor) ?? [];
    if (below.length > 0) {
      resource.addMetadata(CRL_ISSUERS_KEY, below.map(({ raw }) => encodePem('CERTIFICATE', raw)).join(''));
    }
  }

  private issuers({ trustAnchor, issuerCertificates }: CrlProps): readonly Certificate[] | undefined {
    const anchors = knownCaCertificates(trustAnchor);
    if (issuerCertificates === undefined) {
      return anchors;
    }
    const below = issuersBelow(this, issuerCertificates, trustAnchor);
    return below && [...anchors ?? [], ...below];
  }

  /**
   * The service cannot move a list to another trust anchor, and CloudFormation reports success without doing it. With another logical id
   * the list is made anew.
   *
   * A trust anchor that is imported is known by its ARN. One that is made here is known by its place as well: in another stack, its ARN
   * may read the same.
   */
  private bindLogicalIdToAnchor(resource: CfnCRL, trustAnchor: ITrustAnchorRef): void {
    const stack = Stack.of(this);
    const { trustAnchorArn, trustAnchorId } = trustAnchor.trustAnchorRef;
    const place = Token.isUnresolved(trustAnchorId) ? trustAnchorConstruct(trustAnchor).node.addr : '';
    const suffix = createHash('sha256').update(place + JSON.stringify(stack.resolve(trustAnchorArn))).digest('hex').substring(0, 8);
    resource.overrideLogicalId(`${stack.getLogicalId(resource)}${suffix}`);
  }
}

const CRL_SYMBOL = Symbol.for('cdk-roles-anywhere.Crl');
