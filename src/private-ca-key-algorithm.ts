/** Keys that a CA in AWS Private CA can have, each with the algorithm that it signs with. */

/**
 * The key of a CA in AWS Private CA, and how it signs.
 *
 * Roles Anywhere takes all of them: RSA, elliptic curves, and ML-DSA.
 *
 * @see https://docs.aws.amazon.com/privateca/latest/APIReference/API_CertificateAuthorityConfiguration.html
 */
export class PrivateCaKeyAlgorithm {
  /** Elliptic curve P-256, with SHA-256. */
  public static readonly EC_P256 = new PrivateCaKeyAlgorithm('EC_prime256v1', 'SHA256WITHECDSA');

  /** Elliptic curve P-384, with SHA-384. */
  public static readonly EC_P384 = new PrivateCaKeyAlgorithm('EC_secp384r1', 'SHA384WITHECDSA');

  /** Elliptic curve P-521, with SHA-512. */
  public static readonly EC_P521 = new PrivateCaKeyAlgorithm('EC_secp521r1', 'SHA512WITHECDSA');

  /** RSA of 2048 bits, with SHA-256. */
  public static readonly RSA_2048 = new PrivateCaKeyAlgorithm('RSA_2048', 'SHA256WITHRSA');

  /** RSA of 3072 bits, with SHA-256. */
  public static readonly RSA_3072 = new PrivateCaKeyAlgorithm('RSA_3072', 'SHA256WITHRSA');

  /** RSA of 4096 bits, with SHA-512. */
  public static readonly RSA_4096 = new PrivateCaKeyAlgorithm('RSA_4096', 'SHA512WITHRSA');

  /** ML-DSA-44, against quantum computers. */
  public static readonly ML_DSA_44 = new PrivateCaKeyAlgorithm('ML_DSA_44', 'ML_DSA_44');

  /** ML-DSA-65, against quantum computers. */
  public static readonly ML_DSA_65 = new PrivateCaKeyAlgorithm('ML_DSA_65', 'ML_DSA_65');

  /** ML-DSA-87, against quantum computers. */
  public static readonly ML_DSA_87 = new PrivateCaKeyAlgorithm('ML_DSA_87', 'ML_DSA_87');

  /**
   * Any other pair.
   *
   * @param keyAlgorithm as in `KeyAlgorithm` of `AWS::ACMPCA::CertificateAuthority`
   * @param signingAlgorithm as in its `SigningAlgorithm`
   */
  public static of(keyAlgorithm: string, signingAlgorithm: string): PrivateCaKeyAlgorithm {
    return new PrivateCaKeyAlgorithm(keyAlgorithm, signingAlgorithm);
  }

  /** `KeyAlgorithm` of the CA. */
  public readonly keyAlgorithm: string;

  /** `SigningAlgorithm` of the CA. */
  public readonly signingAlgorithm: string;

  private constructor(keyAlgorithm: string, signingAlgorithm: string) {
    this.keyAlgorithm = keyAlgorithm;
    this.signingAlgorithm = signingAlgorithm;
  }
}
