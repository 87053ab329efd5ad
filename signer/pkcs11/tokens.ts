/** The tokens of a module, with the sessions that are kept between one look and the next. */
import { hasFlag, TokenFlag } from './constants';
import { Library } from './library';
import { explain, ReturnValueError } from './return-value-error';
import { Token } from './token';
import { fitsModule, Pkcs11Uri } from './uri';

/** A slot whose token cannot be used. */
export interface BadSlot {
  readonly slot: bigint;
  /** What the module returned. */
  readonly reason: string;
}

/** The tokens that can be reached through one module. */
export class Tokens {
  private library: Library | undefined;
  private tokens: Token[] = [];
  private bad: BadSlot[] = [];

  /** Nothing is opened before the first look. */
  public constructor(private readonly findModule: () => string) {}

  /** Slots that were passed over at the last look. */
  public get badSlots(): readonly BadSlot[] {
    return this.bad;
  }

  /** The module's path, for messages. */
  public get path(): string {
    return this.library?.path ?? 'that was asked for';
  }

  /** Whether the module is at work. */
  public get isOpen(): boolean {
    return this.library !== undefined;
  }

  /**
   * Looks which tokens are there now. Sessions with those that were there before are kept.
   *
   * @throws SignerError `TOKEN_UNREADABLE` where the module cannot be used
   */
  public look(): void {
    const library = this.openLibrary();
    const before = this.tokens;
    this.bad = [];
    this.tokens = library.slots().flatMap((slot) => this.readSlot(library, slot)).map((token) => {
      const known = before.find((other) => other.isSame(token));
      return known?.isConnected ? known : token;
    });
    before.filter((token) => !this.tokens.includes(token)).forEach((token) => token.close());
  }

  /** Those of the last look that a URI fits, with a session each. */
  public fitting(uri: Pkcs11Uri): readonly Token[] {
    const isModule = this.library !== undefined && fitsModule(uri, this.library.describe());
    return isModule ? this.tokens.filter((token) => token.fits(uri) && this.opens(token)) : [];
  }

  /** Drops every session, since they are of no use any more. */
  public restart(): void {
    this.closeTokens();
    this.library?.restart();
  }

  /** Ends all sessions and the use of the module. */
  public close(): void {
    this.closeTokens();
    this.library?.close();
    this.library = undefined;
  }

  private openLibrary(): Library {
    if (!this.library) {
      const path = this.findModule();
      try {
        this.library = Library.open(path);
      } catch (error) {
        throw explain(error, `the PKCS#11 module ${path} cannot be used`);
      }
    }
    return this.library;
  }

  private readSlot(library: Library, slot: bigint): Token[] {
    return this.unlessBad(slot, () => {
      const info = library.tokenInfo(slot);
      // SoftHSM, for one, always has a slot with a token that is yet to be initialized; others do not set the flag at all.
      const isBlank = info.label === '' && !hasFlag(info.flags, TokenFlag.TOKEN_INITIALIZED);
      return isBlank ? [] : [new Token(library, library.slotDescription(slot), info)];
    }) ?? [];
  }

  private opens(token: Token): boolean {
    return this.unlessBad(token.slot.id, () => token.open()) !== undefined;
  }

  /** A token that cannot be used is no reason to do without the others. */
  private unlessBad<Result>(slot: bigint, action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof ReturnValueError)) {
        throw error;
      }
      if (!this.bad.some((other) => other.slot === slot)) {
        this.bad.push({ slot, reason: error.message });
      }
      return undefined;
    }
  }

  private closeTokens(): void {
    this.tokens.forEach((token) => token.close());
    this.tokens = [];
  }
}
