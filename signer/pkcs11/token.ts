/** A token in its slot, and the session that is kept open with it. */
import { hasFlag, TokenFlag, User } from './constants';
import { Library, Session, TokenInfo } from './library';
import { Pins } from './pins';
import { explain, hasReturned, isConnectionLost } from './return-value-error';
import { fitsSlot, fitsToken, formatPkcs11Uri, Pkcs11Uri, SlotDescription } from './uri';
import { SignerError } from '../errors';

/** What a module says when a PIN is not the right one. */
const WRONG_PIN = ['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE'] as const;

/** A token. */
export class Token {
  private session: Session | undefined;

  public constructor(private readonly library: Library, public readonly slot: SlotDescription, public readonly info: TokenInfo) {}

  /** The attributes that tell it from others. */
  public get uri(): Pkcs11Uri {
    const { model, manufacturer, serial, label } = this.info;
    return { model, manufacturer, serial, token: label };
  }

  /** For messages. */
  public get name(): string {
    return `token "${this.info.label}" (${[this.info.manufacturer, this.info.model].filter((part) => part !== '').join(' ')})`;
  }

  /** Whether it shows or uses some objects only after a login that has not taken place. */
  public get isLocked(): boolean {
    return hasFlag(this.info.flags, TokenFlag.LOGIN_REQUIRED) && this.open().login !== true;
  }

  public fits(uri: Pkcs11Uri): boolean {
    return fitsSlot(uri, this.slot) && fitsToken(uri, this.info);
  }

  /** Whether it is the token that another description is of, still in the same slot. */
  public isSame(slot: SlotDescription, info: TokenInfo): boolean {
    return slot.id === this.slot.id && formatPkcs11Uri(this.uri) === formatPkcs11Uri(new Token(this.library, slot, info).uri);
  }

  /** Whether its session is usable (or none was opened). */
  public get isConnected(): boolean {
    return this.session === undefined || this.session.login !== undefined;
  }

  /** The session with it. */
  public open(): Session {
    this.session ??= this.library.openSession(this.slot.id);
    return this.session;
  }

  /** Whether it signs with a mechanism. */
  public signsWith(mechanism: bigint): boolean {
    return this.library.signsWith(this.slot.id, mechanism);
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
    await this.authenticate(pins, 'login', this.name, uris.filter((uri) => this.fits(uri)), (pin) => this.open().logIn(User.USER, pin));
  }

  /**
   * Signs with a key of it.
   *
   * @param confirmation for a key that wants the user authenticated for each signature: how to obtain the PIN
   */
  public async sign(key: bigint, mechanism: bigint, data: Uint8Array, confirmation?: KeyConfirmation): Promise<Uint8Array> {
    if (!confirmation) {
      return this.signNow(key, mechanism, data);
    }
    const { pins, keyName, reusePin } = confirmation;
    const place = reusePin ? this.pinPlace('login') : this.pinPlace('signature');
    let signature: Uint8Array | undefined;
    if (!reusePin) {
      // What is asked for each time is not remembered.
      pins.forget(place);
    }
    await this.authenticateAt(pins, place, `${keyName} on ${this.name}`, [], (pin) => {
      signature = this.signNow(key, mechanism, data, () => this.open().logIn(User.CONTEXT_SPECIFIC, pin));
    });
    return signature!;
  }

  /** Logs out and ends the session. */
  public close(): void {
    if (this.session?.login === true) {
      this.session.logOut();
    }
    this.session?.close();
    this.session = undefined;
  }
}
