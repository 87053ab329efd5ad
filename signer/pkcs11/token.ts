/** A token in its slot, and the session that is kept open with it. */
import { hasFlag, TokenFlag, User } from './constants';
import { Library, Session, TokenInfo } from './library';
import { Pin, Pins } from './pins';
import { explain, hasReturned, ReturnValueError } from './return-value-error';
import { fitsSlot, fitsToken, formatPkcs11Uri, Pkcs11Uri, SlotDescription } from './uri';
import { oneLine } from '../../src/credentials/errors';
import { SignerError } from '../errors';

/** What a PIN is for. The two may be different ones. */
type Purpose = 'login' | 'signature';

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

const UNLOCK = 'unlock it with the security officer\'s PIN or the vendor\'s tool';

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
    const { label, manufacturer, model } = this.info;
    // What a token says of itself may go to a terminal.
    return oneLine(`token "${label}" (${[manufacturer, model].filter((part) => part !== '').join(', ')})`);
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
    if (this.session === undefined) {
      // One that is gone is not closed: its number may be that of the new one.
      const abandoned = this.abandoned?.login === undefined ? undefined : this.abandoned;
      this.session = this.library.openSession(this.slot.id);
      this.abandoned = undefined;
      abandoned?.close();
    }
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
    const pin = await this.findPin((warning) => this.findLoginPin(pins, uris, warning));
    this.present(pins, 'login', pin, () => this.open().logIn(User.USER, pin?.value));
    if (pin) {
      pins.accept(this.place('login'), pin);
    }
  }

  /** Signs with one of its keys. */
  public async sign(key: bigint, mechanism: bigint, data: Uint8Array, confirmation?: Confirmation): Promise<Uint8Array> {
    if (!confirmation) {
      return this.signWith(key, mechanism, data);
    }
    const { pins, reusePin, keyName, uris } = confirmation;
    const pin = await this.findPin(async (warning) => {
      const what = `${oneLine(keyName)} on ${this.name}${warning}`;
      return pins.unlessRefused(this.place('signature'), what, reusePin ? await this.findLoginPin(pins, uris, warning) : await pins.askAgain(what));
    });
    return this.signWith(key, mechanism, data, () => this.present(pins, 'signature', pin, () => this.open().logIn(User.CONTEXT_SPECIFIC, pin?.value)));
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

  private place(purpose: Purpose): string {
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

  private findLoginPin(pins: Pins, uris: readonly Pkcs11Uri[], warning: string): Promise<Pin> {
    return pins.find(this.place('login'), this.name + warning, uris.filter((uri) => this.fits(uri)));
  }

  /**
   * Looks at how the token stands before a PIN is tried; undefined where the token asks for it itself.
   *
   * @param find is given what to warn of in a prompt
   */
  private async findPin(find: (warning: string) => Promise<Pin>): Promise<Pin | undefined> {
    const { flags } = this.library.tokenInfo(this.slot.id);
    if (hasFlag(flags, TokenFlag.USER_PIN_LOCKED)) {
      throw new SignerError('PIN_WRONG', `${this.name} has locked its PIN after too many wrong ones; ${UNLOCK}`);
    }
    if (hasFlag(flags, TokenFlag.PROTECTED_AUTHENTICATION_PATH)) {
      return undefined;
    }
    const isFinalTry = hasFlag(flags, TokenFlag.USER_PIN_FINAL_TRY);
    const pin = await find(isFinalTry ? ', which locks at one more wrong PIN' : '');
    if (isFinalTry && !pin.asked) {
      throw new SignerError('PIN_WRONG',
        `${this.name} locks at one more wrong PIN, so ${pin.source} is not tried; log in once with the right one ("pkcs11-tool --login --list-objects")`);
    }
    return pin;
  }

  /** Has the module check a PIN, which is never tried again once it was wrong. */
  private present(pins: Pins, purpose: Purpose, pin: Pin | undefined, logIn: () => void): void {
    try {
      logIn();
    } catch (error) {
      const wrong = hasReturned(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE');
      if (wrong && pin) {
        pins.refuse(this.place(purpose), pin);
      }
      if (wrong || hasReturned(error, 'CKR_PIN_LOCKED')) {
        throw new SignerError('PIN_WRONG', this.explainRefusal(error, pin), { cause: error });
      }
      // Not left to whoever repeats what failed for another reason: that would be one more try.
      throw explain(error, this.name);
    }
  }

  private explainRefusal(error: ReturnValueError, pin: Pin | undefined): string {
    const refusal = `${this.name} refused ${pin?.source ?? 'the PIN'} (${error.returned})`;
    const { flags } = this.library.tokenInfo(this.slot.id);
    if (error.returned === 'CKR_PIN_LOCKED' || hasFlag(flags, TokenFlag.USER_PIN_LOCKED)) {
      return `${refusal} and has locked it; ${UNLOCK}`;
    }
    if (hasFlag(flags, TokenFlag.USER_PIN_FINAL_TRY)) {
      return `${refusal}; ONE TRY IS LEFT before it locks`;
    }
    return `${refusal}${hasFlag(flags, TokenFlag.USER_PIN_COUNT_LOW) ? '; a few more wrong ones will lock it' : ''}`;
  }
}
