/** Where the content of a static certificate revocation list comes from: a text or a file. */
import { IConstruct } from 'constructs';
import { readUserFile } from './private/files';

/** The content of a certificate revocation list that is known when the app is synthesised. */
export class CrlData {
  /** A list as PEM text. A token is passed on unread. */
  public static text(pem: string): CrlData {
    return new CrlData('the revocation list', () => pem);
  }

  /**
   * A list from a PEM or DER file. A relative path counts from the current directory, which for `cdk synth` is the one of cdk.json.
   */
  public static file(path: string): CrlData {
    return new CrlData(`the revocation list ${path}`, (scope) => readUserFile(scope, path, 'revocation list'));
  }

  private constructor(
    /** @internal */
    public readonly _where: string,
    /** @internal */
    public readonly _read: (scope: IConstruct) => string | Uint8Array,
  ) {}
}
