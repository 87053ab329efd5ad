/** Which certificates may assume a role: conditions on subject, issuer and alternative names, combined with allOf and anyOf. */
import { Alternative, allOf, anyOf, conditionTerm } from './private/condition-terms';
import { CertificateField } from './trust-model/session-tags';

/**
 * A condition on a host's certificate.
 *
 * It becomes part of a role's trust policy, one statement for each alternative. Comparisons are exact and mind the case; the forms
 * ending in `Like` take the wildcards `*` (any run of characters) and `?` (one character). Literals are checked at synth: Roles
 * Anywhere hands attributes over as session tags, which hold letters, digits, white space and `_ . : / = + - @` only, 256 characters
 * at most.
 *
 * @example
 * CertificateCondition.allOf(
 *   Subject.organizationalUnit('SecOps'),
 *   CertificateCondition.anyOf(Subject.commonName('onprem01'), Subject.commonName('onprem02')),
 * );
 */
export class CertificateCondition {
  /**
   * All of the conditions have to hold.
   *
   * @throws where there is none, where they cannot hold together, or come to more than 64 alternatives
   */
  public static allOf(...conditions: CertificateCondition[]): CertificateCondition {
    return new CertificateCondition(allOf(conditions.map(({ _alternatives }) => _alternatives)));
  }

  /** One of the conditions has to hold. */
  public static anyOf(...conditions: CertificateCondition[]): CertificateCondition {
    return new CertificateCondition(anyOf(conditions.map(({ _alternatives }) => _alternatives)));
  }

  /**
   * Every certificate of the trust anchors will do, whoever it was issued to.
   *
   * Only for CAs that issue certificates for this one purpose. Roles with it carry a warning, so that the choice is seen.
   */
  public static anyCertificate(): CertificateCondition {
    return new CertificateCondition([[]]);
  }

  /** @internal */
  public static _on(field: CertificateField, specifier: string, value: string): CertificateCondition {
    return new CertificateCondition([[conditionTerm(field, specifier, 'StringEquals', value)]]);
  }

  /** @internal */
  public static _onLike(field: CertificateField, specifier: string, pattern: string): CertificateCondition {
    return new CertificateCondition([[conditionTerm(field, specifier, 'StringLike', pattern)]]);
  }

  /** @internal */
  public readonly _alternatives: readonly Alternative[];

  private constructor(alternatives: readonly Alternative[]) {
    this._alternatives = alternatives;
  }
}

/** Conditions on the subject of a certificate. */
export class Subject {
  /** The common name (CN) is this. */
  public static commonName(value: string): CertificateCondition {
    return Subject.attribute('CN', value);
  }

  /** The common name (CN) matches this pattern. */
  public static commonNameLike(pattern: string): CertificateCondition {
    return Subject.attributeLike('CN', pattern);
  }

  /** The organization (O) is this. */
  public static organization(value: string): CertificateCondition {
    return Subject.attribute('O', value);
  }

  /** The organization (O) matches this pattern. */
  public static organizationLike(pattern: string): CertificateCondition {
    return Subject.attributeLike('O', pattern);
  }

  /** The organizational unit (OU) is this; {@link attributeValues} is for certificates with several. */
  public static organizationalUnit(value: string): CertificateCondition {
    return Subject.attribute('OU', value);
  }

  /** The organizational unit (OU) matches this pattern; several are joined with `/`. */
  public static organizationalUnitLike(pattern: string): CertificateCondition {
    return Subject.attributeLike('OU', pattern);
  }

  /** The country (C) is this. */
  public static country(value: string): CertificateCondition {
    return Subject.attribute('C', value);
  }

  /**
   * Any attribute is this.
   *
   * @param type short name (`L`, `ST`, `DC`, `UID`), or dotted object identifier
   */
  public static attribute(type: string, value: string): CertificateCondition {
    return CertificateCondition._on('x509Subject', type, value);
  }

  /**
   * Any attribute matches this pattern.
   *
   * @param type short name, or dotted object identifier
   */
  public static attributeLike(type: string, pattern: string): CertificateCondition {
    return CertificateCondition._onLike('x509Subject', type, pattern);
  }

  /**
   * An attribute occurs several times with just these values, in the order of the certificate. Roles Anywhere joins them with `/`.
   *
   * A value that itself holds a `/` cannot be told from two values.
   */
  public static attributeValues(type: string, values: string[]): CertificateCondition {
    return Subject.attribute(type, values.join('/'));
  }
}

/** Conditions on the issuer of a certificate: the CA that signed it, which is below the trust anchor where there are intermediates. */
export class Issuer {
  /** The issuer's common name (CN) is this. */
  public static commonName(value: string): CertificateCondition {
    return Issuer.attribute('CN', value);
  }

  /** The issuer's common name (CN) matches this pattern. */
  public static commonNameLike(pattern: string): CertificateCondition {
    return Issuer.attributeLike('CN', pattern);
  }

  /** The issuer's organization (O) is this. */
  public static organization(value: string): CertificateCondition {
    return Issuer.attribute('O', value);
  }

  /** The issuer's organizational unit (OU) is this. */
  public static organizationalUnit(value: string): CertificateCondition {
    return Issuer.attribute('OU', value);
  }

  /**
   * Any attribute of the issuer is this.
   *
   * @param type short name, or dotted object identifier
   */
  public static attribute(type: string, value: string): CertificateCondition {
    return CertificateCondition._on('x509Issuer', type, value);
  }

  /**
   * Any attribute of the issuer matches this pattern.
   *
   * @param type short name, or dotted object identifier
   */
  public static attributeLike(type: string, pattern: string): CertificateCondition {
    return CertificateCondition._onLike('x509Issuer', type, pattern);
  }
}

/** Conditions on the alternative names of a certificate. Roles Anywhere sees the first name of each form only. */
export class SubjectAlternativeName {
  /** The first DNS name is this. */
  public static dns(name: string): CertificateCondition {
    return CertificateCondition._on('x509SAN', 'DNS', name);
  }

  /** The first DNS name matches this pattern; mind that `*` also spans dots. */
  public static dnsLike(pattern: string): CertificateCondition {
    return CertificateCondition._onLike('x509SAN', 'DNS', pattern);
  }

  /** The first URI is this, such as a SPIFFE id. */
  public static uri(uri: string): CertificateCondition {
    return CertificateCondition._on('x509SAN', 'URI', uri);
  }

  /** The first URI matches this pattern; mind that `*` also spans slashes. */
  public static uriLike(pattern: string): CertificateCondition {
    return CertificateCondition._onLike('x509SAN', 'URI', pattern);
  }

  /**
   * An attribute of the first directory name is this.
   *
   * @param type short name (`CN`), or dotted object identifier
   */
  public static directoryName(type: string, value: string): CertificateCondition {
    return CertificateCondition._on('x509SAN', `Name/${type}`, value);
  }

  /**
   * An attribute of the first directory name matches this pattern.
   *
   * @param type short name (`CN`), or dotted object identifier
   */
  public static directoryNameLike(type: string, pattern: string): CertificateCondition {
    return CertificateCondition._onLike('x509SAN', `Name/${type}`, pattern);
  }
}
