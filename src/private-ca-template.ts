/** Templates of AWS Private CA that make certificates for hosts. */

/**
 * What kind of certificate AWS Private CA issues. Those below are for hosts: none of them makes a CA.
 *
 * All of them take subject and alternative names from the request as they are. Whoever may issue with one can therefore issue in any name, and
 * become any host that a trust policy names.
 *
 * @see https://docs.aws.amazon.com/privateca/latest/userguide/UsingTemplates.html
 */
export class PrivateCaTemplate {
  /** For TLS clients and servers; what AWS Private CA takes where a request names no template. */
  public static readonly END_ENTITY = new PrivateCaTemplate('EndEntityCertificate/V1');

  /** For TLS clients only. Roles Anywhere asks for no more. */
  public static readonly END_ENTITY_CLIENT_AUTH = new PrivateCaTemplate('EndEntityClientAuthCertificate/V1');

  /** For TLS servers only. */
  public static readonly END_ENTITY_SERVER_AUTH = new PrivateCaTemplate('EndEntityServerAuthCertificate/V1');

  /**
   * Extensions are as the request has them, but for those of a CA: for usages that no other template has. The AWS Private CA issuer of cert-manager
   * uses it for every `usages` other than `client auth`, `server auth`, or both.
   */
  public static readonly BLANK_END_ENTITY = new PrivateCaTemplate('BlankEndEntityCertificate_APICSRPassthrough/V1');

  /**
   * Any other template.
   *
   * @param name with its version, such as `EndEntityCertificate_CSRPassthrough/V1`. One of `...CACertificate...` makes CAs, whose certificates the
   * trust anchor then takes as well.
   */
  public static of(name: string): PrivateCaTemplate {
    return new PrivateCaTemplate(name);
  }

  /** Name of the template with its version: `EndEntityCertificate/V1`. */
  public readonly templateName: string;

  private constructor(templateName: string) {
    this.templateName = templateName;
  }
}
