/** Which fields of a certificate become session tags, as a profile states it. */
import { RolesAnywhereError } from './private/errors';
import { allowedSpecifiers, CertificateField as ModelField } from './trust-model/session-tags';

/** The parts of a certificate that can be mapped to session tags. */
export enum CertificateField {
  /** The subject: session tags `x509Subject/...`. */
  SUBJECT = 'x509Subject',
  /** The issuer: session tags `x509Issuer/...`. */
  ISSUER = 'x509Issuer',
  /** The subject's alternative names: session tags `x509SAN/...`. */
  SUBJECT_ALTERNATIVE_NAME = 'x509SAN',
}

/**
 * Which attributes of one part of a certificate become session tags.
 *
 * By default all attributes of subject and issuer do, and the first DNS name, URI and directory name. Map less where certificates
 * have attributes with characters that a session tag cannot hold: sessions fail for those otherwise.
 *
 * A profile that has any mapping states all three parts in the template, those without a mapping here with the service's defaults.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping.html
 */
export class AttributeMapping {
  /**
   * These attributes of the subject, and no others.
   *
   * @param specifiers short names (`CN`), object identifiers, or `*` for all
   */
  public static subject(...specifiers: string[]): AttributeMapping {
    return new AttributeMapping(CertificateField.SUBJECT, specifiers);
  }

  /**
   * These attributes of the issuer, and no others.
   *
   * @param specifiers short names (`CN`), object identifiers, or `*` for all
   */
  public static issuer(...specifiers: string[]): AttributeMapping {
    return new AttributeMapping(CertificateField.ISSUER, specifiers);
  }

  /**
   * These alternative names, and no others.
   *
   * @param specifiers `DNS`, `URI`, `Name/*` or single attributes of the directory name (`Name/CN`)
   */
  public static subjectAlternativeName(...specifiers: string[]): AttributeMapping {
    return new AttributeMapping(CertificateField.SUBJECT_ALTERNATIVE_NAME, specifiers);
  }

  /**
   * Nothing of this part of the certificate: it is left out of the template.
   *
   * Whether the service then drops the part or keeps its default for a profile is not documented; conditions on it are refused here.
   */
  public static none(field: CertificateField): AttributeMapping {
    return new AttributeMapping(field, undefined);
  }

  /** The part of the certificate. */
  public readonly certificateField: CertificateField;

  /** What of it is mapped, as the template has it; nothing where the part is left out. */
  public readonly specifiers: string[];

  private constructor(field: CertificateField, specifiers: string[] | undefined) {
    this.certificateField = field;
    this.specifiers = [...new Set((specifiers ?? []).map((specifier) => normalise(field, specifier)))];
    if (specifiers?.length === 0) {
      throw new RolesAnywhereError('INVALID_ATTRIBUTE_MAPPING', `the mapping of ${field} names nothing; use AttributeMapping.none() to leave a part out`);
    }
  }
}

/** Writes specifiers as the service would, so that the template does not drift. */
function normalise(field: ModelField, specifier: string): string {
  const normal = field === 'x509SAN' && (specifier === 'Name' || specifier === 'Name/') ? 'Name/*' : specifier;
  const allowed = allowedSpecifiers(field, normal);
  if (allowed !== undefined) {
    throw new RolesAnywhereError('INVALID_ATTRIBUTE_MAPPING', `${JSON.stringify(specifier)} cannot be mapped for ${field}; use ${allowed}`);
  }
  return normal;
}
