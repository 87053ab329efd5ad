/** A token in its slot, and the session that is kept open with it. */
import { hasFlag, TokenFlag, User } from './constants';
import { Library, Session, TokenInfo } from './library';
import { Pin, Pins } from './pins';
import { explain, hasReturned, ReturnValueError } from './return-value-error';
import { fitsSlot, fitsToken, formatPkcs11Uri, Pkcs11Uri, SlotDescription } from './uri';
import { SignerError } from '../errors';

/** How the user confirms a single signature, for keys that want it (CKA_ALWAYS_AUTHENTICATE). */
export interface Confirmation {
  readonly pins: Pins;
  /** Names the key in the prompt. */
  readonly keyName: string;
  /** Whether the PIN of the login serves. */
  readonly reusePin: boolean;
  /** Those that may name that PIN. */
  readonly uris: readonly Pkcs11Uri[];
}

/** A token. */
export class Token {
  private session: Session | undefined;
  /** A session in the middle of something, kept until there is another one: the login ends with the last session. */
  private abandoned: Session | undefined;

  public constructor(private readonly library: Library, public readonly slot: SlotDescription, public readonly info: TokenInfo) {}

  /** The attributes that tell it from others. */
  public get uri(): Pkcs11Uri {
    const { model, manufacturer, serial, label } = this.info;
    return { model, manufacturer, serial, token: label };
  }

  /** For messages. */
  public get name(): string {
    return `token "${this.info.label}" (${[this.info.manufacturer, this.info.model].filter((part) => part !== '').join(', ')})`;
  }

  /** Whether it keeps some objects to itself until a login that has not taken place. */
  public get isLocked(): boolean {
    return hasFlag(this.info.flags, TokenFlag.LOGIN_REQUIRED) && this.open().login !== true;
  }

  /** Whether its session is still good; a token without one is as well. */
  public get isConnected(): boolean {
    return this.session === undefined || this.session.login !== undefined;
  }

  /** Whether slot and token attributes of a URI fit it. */
  public fits(uri: Pkcs11Uri): boolean {
    return fitsSlot(uri, this.slot) && fitsToken(uri, this.info);
  }

  /** Whether another description is of the same token in the same slot. */
  public isSame(other: Token): boolean {
    return this.slot.id === other.slot.id && formatPkcs11Uri(this.uri) === formatPkcs11Uri(other.uri);
  }

  /** Whether it signs with a mechanism. */
  public signsWith(mechanism: bigint): boolean {
    return this.library.signsWith(this.slot.id, mechanism);
  }

  /** The session with it. */
  public open(): Session {
    this.session ??= this.library.openSession(this.slot.id);
    this.abandoned?.close();
    this.abandoned = undefined;
    return this.session;
  }

  /**
   * Logs in, if that has not been done. A PIN that is refused is not tried again.
   *
   * @param uris those that may name the PIN, the most specific first
   * @throws SignerError `PIN_WRONG`, `TOKEN_UNREADABLE`
   */
  public async logIn(pins: Pins, uris: readonly Pkcs11Uri[]): Promise<void> {
    if (this.open().login === true) {
      return;
    }
    const pin = await this.findPin(() => this.findLoginPin(pins, uris));
    this.present(pins, this.place('login'), pin, () => this.open().logIn(User.USER, pin?.value));
  }

  /** Signs with one of its keys. */
  public async sign(key: bigint, mechanism: bigint, data: Uint8Array, confirmation?: Confirmation): Promise<Uint8Array> {
    if (!confirmation) {
      return this.signWith(key, mechanism, data);
    }
    const { pins, reusePin, keyName, uris } = confirmation;
    const place = this.place(reusePin ? 'login' : 'signature');
    const pin = await this.findPin(() => (reusePin ? this.findLoginPin(pins, uris) : pins.askAgain(place, `${keyName} on ${this.name}`)));
    return this.signWith(key, mechanism, data,
      () => this.present(pins, place, pin, () => this.open().logIn(User.CONTEXT_SPECIFIC, pin?.value)));
  }

  /** Logs out and ends the session. */
  public close(): void {
    if (this.session?.login === true) {
      this.session.logOut();
    }
    this.abandoned?.close();
    this.session?.close();
    this.abandoned = undefined;
    this.session = undefined;
  }

  private place(purpose: 'login' | 'signature'): string {
    return `${purpose} ${formatPkcs11Uri(this.uri)}`;
  }

  private signWith(key: bigint, mechanism: bigint, data: Uint8Array, beforeSigning?: () => void): Uint8Array {
    try {
      return this.open().sign(key, mechanism, data, beforeSigning);
    } catch (error) {
      // The session may be left within an operation, which no later one could follow.
      this.abandoned = this.session;
      this.session = undefined;
      if (error instanceof ReturnValueError) {
        error.where = this.name;
      }
      throw error;
    }
  }

  private findLoginPin(pins: Pins, uris: readonly Pkcs11Uri[]): Promise<Pin> {
    return pins.find(this.place('login'), this.name, uris.filter((uri) => this.fits(uri)));
  }

  /** Looks at how the token stands before a PIN is tried; undefined where the token asks for it itself. */
  private async findPin(find: () => Promise<Pin>): Promise<Pin | undefined> {
    const { flags } = this.library.tokenInfo(this.slot.id);
    if (hasFlag(flags, TokenFlag.USER_PIN_LOCKED)) {
      throw new SignerError('PIN_WRONG', `${this.name} has locked its PIN after too many wrong ones; unlock it with the security officer's PIN or the vendor's tool`);
    }
    if (hasFlag(flags, TokenFlag.PROTECTED_AUTHENTICATION_PATH)) {
      return undefined;
    }
    const pin = await find();
    if (hasFlag(flags, TokenFlag.USER_PIN_FINAL_TRY) && !pin.asked) {
      throw new SignerError('PIN_WRONG',
        `${this.name} will lock at one more wrong PIN, so ${pin.source} is not tried; log in once with the right one ("pkcs11-tool --login --list-objects")`);
    }
    return pin;
  }

  /** Has the module check a PIN, and keeps what came of it. */
  private present(pins: Pins, place: string, pin: Pin | undefined, logIn: () => void): void {
    try {
      logIn();
    } catch (error) {
      const wrong = hasReturned(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE');
      if (wrong && pin) {
        pins.refuse(place, pin);
      }
      if (wrong || hasReturned(error, 'CKR_PIN_LOCKED')) {
        throw new SignerError('PIN_WRONG', this.explainRefusal(error, pin), { cause: error });
      }
      // Not left to whoever repeats what failed for another reason: that would be one more try.
      throw explain(error, this.name);
    }
    if (pin) {
      pins.accept(place, pin);
    }
  }

  private explainRefusal(error: ReturnValueError, pin: Pin | undefined): string {
    const refusal = `${this.name} refused ${pin?.source ?? 'the PIN'} (${error.returned})`;
    const { flags } = this.library.tokenInfo(this.slot.id);
    if (error.returned === 'CKR_PIN_LOCKED' || hasFlag(flags, TokenFlag.USER_PIN_LOCKED)) {
      return `${refusal} and has locked it; unlock it with the security officer's PIN or the vendor's tool`;
    }
    if (hasFlag(flags, TokenFlag.USER_PIN_FINAL_TRY)) {
      return `${refusal}; ONE TRY IS LEFT before it locks`;
    }
    return `${refusal}${hasFlag(flags, TokenFlag.USER_PIN_COUNT_LOW) ? '; a few more wrong ones will lock it' : ''}`;
  }
}
