/** Session tags that hold attributes of a certificate, and the policy variables that stand for their values. */
import { conditionTerm } from './private/condition-terms';
import { CertificateField, PRINCIPAL_TAG_PREFIX } from './trust-model/session-tags';

/**
 * A session tag with an attribute of the host's certificate. Written into a permission, it becomes the policy variable that stands for the
 * attribute's value in each session, so that one role lets each host at what is its own.
 *
 * Two rules for resources: end them behind the variable with a separator (`hosts/${tag}/*`), or a host whose name begins with that of another
 * sees what is the other's; and use attributes only that your CA checks before it signs.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 * @example
 * declare const bucket: s3.Bucket;
 * declare const host: HostAccess;
 * const commonName = SessionTag.subjectCommonName();
 * host.role.addToPrincipalPolicy(new iam.PolicyStatement({
 *   actions: ['s3:GetObject'],
 *   resources: [bucket.arnForObjects(`hosts/${commonName.policyVariable}/*`)],
 * }));
 */
export class SessionTag {
  /** The common name (CN) of the subject. */
  public static subjectCommonName(): SessionTag {
    return SessionTag.subject('CN');
  }

  /**
   * Any attribute of the subject.
   *
   * @param type short name (`OU`), or dotted object identifier
   * @throws where it names no attribute
   */
  public static subject(type: string): SessionTag {
    return new SessionTag('x509Subject', type);
  }

  /**
   * Any attribute of the issuer, the CA that signed the certificate.
   *
   * @param type short name (`CN`), or dotted object identifier
   * @throws where it names no attribute
   */
  public static issuer(type: string): SessionTag {
    return new SessionTag('x509Issuer', type);
  }

  /** The first DNS name among the alternative names. */
  public static dns(): SessionTag {
    return new SessionTag('x509SAN', 'DNS');
  }

  /** The first URI among the alternative names, such as a SPIFFE id. */
  public static uri(): SessionTag {
    return new SessionTag('x509SAN', 'URI');
  }

  /**
   * An attribute of the first directory name among the alternative names.
   *
   * @param type short name (`CN`), or dotted object identifier
   * @throws where it names no attribute
   */
  public static directoryName(type: string): SessionTag {
    return new SessionTag('x509SAN', `Name/${type}`);
  }

  /** Key of the tag: `x509Subject/CN`. */
  public readonly key: string;

  /** Key of conditions on the tag: `aws:PrincipalTag/x509Subject/CN`. */
  public readonly conditionKey: string;

  /** The policy variable for policies: `${aws:PrincipalTag/x509Subject/CN}`. Not for the text of `Fn.sub`, which reads it as its own. */
  public readonly policyVariable: string;

  /** The policy variable as the text of `Fn.sub` has to have it: `${!aws:PrincipalTag/x509Subject/CN}`. */
  public readonly policyVariableInSub: string;

  /** @internal */
  public readonly _field: CertificateField;

  /** @internal */
  public readonly _specifier: string;

  private constructor(field: CertificateField, specifier: string) {
    // A term that any value meets has the documented spelling of the key.
    this.conditionKey = conditionTerm(field, specifier, 'StringLike', '*').key;
    this.key = this.conditionKey.substring(PRINCIPAL_TAG_PREFIX.length);
    this.policyVariable = `\${${this.conditionKey}}`;
    this.policyVariableInSub = `\${!${this.conditionKey}}`;
    this._field = field;
    this._specifier = this.key.substring(field.length + 1);
  }

  /** The policy variable, so that the tag can be put into a text. */
  public toString(): string {
    return this.policyVariable;
  }
}
