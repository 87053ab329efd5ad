/** A PKCS#11 module at work: its slots, its tokens, and sessions with them. */
import { hasFlag, MECHANISM_SIGNS, OS_LOCKING_OK, SERIAL_SESSION, UNAVAILABLE, User, USER_STATES } from './constants';
import { ModuleFunctions } from './functions';
import { Block, WORD } from './memory';
import { hasReturned, ReturnValueError } from './return-value-error';
import { ModuleDescription, SlotDescription, TokenDescription } from './uri';

/** Sizes of the structures on LP64 systems. */
const Size = {
  INITIALIZE_ARGUMENTS: 48,
  INFO: 88,
  SLOT_INFO: 112,
  TOKEN_INFO: 208,
  MECHANISM_INFO: 24,
  SESSION_INFO: 32,
  MECHANISM: 24,
  ATTRIBUTE: 24,
} as const;

/** An attribute beyond this is a wrong length; the largest that is read is a certificate. */
const MAX_ATTRIBUTE_LENGTH = 1_048_576n;

/** How many objects one call asks for, and how many are taken at all. */
const HANDLES = 64;
const MAX_OBJECTS = 100_000;

/** Longer than the signature of any key that signs here (RSA 16384). */
const SIGNATURE_LENGTH = 2048;

/** What a token tells of itself. */
export interface TokenInfo extends TokenDescription {
  /** CKF_ of tokens. */
  readonly flags: bigint;
}

/** An attribute with the value that an object has to have. */
export type Template = ReadonlyArray<readonly [type: bigint, value: Uint8Array | bigint]>;

/** Modules in use. C_Initialize and C_Finalize hold for the whole process, so a module is shared by all who use it. */
const inUse = new Map<string, Library>();

/** A module that is initialized. */
export class Library {
  /**
   * Loads and initializes a module, or joins those who use it already.
   *
   * @param path absolute
   * @throws SignerError `TOKEN_UNREADABLE` where it cannot be loaded
   * @throws ReturnValueError where it cannot be initialized
   */
  public static open(path: string): Library {
    const library = inUse.get(path) ?? new Library(ModuleFunctions.load(path));
    if (library.users === 0) {
      library.initialize();
      inUse.set(path, library);
    }
    library.users++;
    return library;
  }

  private users = 0;
  /** Whether C_Initialize was ours, and with it C_Finalize. */
  private initialized = false;

  private constructor(private readonly functions: ModuleFunctions) {}

  public get path(): string {
    return this.functions.path;
  }

  /** Ends the use of the module; the last user finalizes it. */
  public close(): void {
    this.users--;
    if (this.users === 0) {
      inUse.delete(this.path);
      this.finalize();
    }
  }

  /**
   * Starts the module anew, which ends every session: some modules find a reader or a token that came back in no other way.
   * It does nothing where somebody else uses the module as well.
   */
  public restart(): void {
    if (this.users === 1) {
      this.finalize();
      this.initialize();
    }
  }

  public describe(): ModuleDescription {
    const info = new Block(Size.INFO);
    this.functions.call('C_GetInfo', info);
    return { manufacturer: info.text(2, 32), description: info.text(48, 32), version: { major: info.octets[80], minor: info.octets[81] } };
  }

  /** Numbers of the slots in which a token is. */
  public slots(): bigint[] {
    const count = new Block(WORD);
    // Without a list, the module looks for slots anew and counts them.
    this.functions.call('C_GetSlotList', 1, null, count);
    for (;;) {
      const list = new Block(Number(count.ulong(0)) * WORD);
      const returned = this.functions.returned('C_GetSlotList', 1, list, count);
      if (returned === 0n) {
        return Array.from({ length: Math.min(Number(count.ulong(0)), list.length / WORD) }, (_, i) => list.ulong(i * WORD));
      }
      const error = new ReturnValueError('C_GetSlotList', returned);
      // A token was put in between the two calls; the count is the new one.
      if (!hasReturned(error, 'CKR_BUFFER_TOO_SMALL') || Number(count.ulong(0)) * WORD <= list.length) {
        throw error;
      }
    }
  }

  public slotDescription(slot: bigint): SlotDescription {
    const info = new Block(Size.SLOT_INFO);
    this.functions.call('C_GetSlotInfo', slot, info);
    return { id: slot, description: info.text(0, 64), manufacturer: info.text(64, 32) };
  }

  public tokenInfo(slot: bigint): TokenInfo {
    const info = new Block(Size.TOKEN_INFO);
    this.functions.call('C_GetTokenInfo', slot, info);
    return { label: info.text(0, 32), manufacturer: info.text(32, 32), model: info.text(64, 16), serial: info.text(80, 16), flags: info.ulong(96) };
  }

  /** Whether the token in a slot signs with a mechanism. */
  public signsWith(slot: bigint, mechanism: bigint): boolean {
    const info = new Block(Size.MECHANISM_INFO);
    const returned = this.functions.returned('C_GetMechanismInfo', slot, mechanism, info);
    if (returned !== 0n) {
      const error = new ReturnValueError('C_GetMechanismInfo', returned);
      if (hasReturned(error, 'CKR_MECHANISM_INVALID')) {
        return false;
      }
      throw error;
    }
    return hasFlag(info.ulong(16), MECHANISM_SIGNS);
  }

  /** Opens a session that reads. */
  public openSession(slot: bigint): Session {
    const handle = new Block(WORD);
    this.functions.call('C_OpenSession', slot, SERIAL_SESSION, null, null, handle);
    return new Session(this.functions, handle.ulong(0));
  }

  /** Ends every session with a token, of whoever, and the login with them. */
  public closeAllSessions(slot: bigint): void {
    this.functions.call('C_CloseAllSessions', slot);
  }

  private initialize(): void {
    const settings = new Block(Size.INITIALIZE_ARGUMENTS);
    settings.setUlong(32, OS_LOCKING_OK);
    try {
      this.initializeWith(settings);
    } catch (error) {
      if (!hasReturned(error, 'CKR_CANT_LOCK')) {
        throw error;
      }
      // All calls come from one thread, so it does without locks as well.
      this.initializeWith(null);
    }
  }

  private initializeWith(settings: Block | null): void {
    const returned = this.functions.returned('C_Initialize', settings);
    const error = new ReturnValueError('C_Initialize', returned);
    if (returned !== 0n && !hasReturned(error, 'CKR_CRYPTOKI_ALREADY_INITIALIZED')) {
      throw error;
    }
    this.initialized = returned === 0n;
  }

  private finalize(): void {
    if (this.initialized) {
      this.initialized = false;
      // Whatever it returns, nothing can be done about it, and nothing is left to use.
      this.functions.returned('C_Finalize', null);
    }
  }
}

/** A session with a token. */
export class Session {
  public constructor(private readonly functions: ModuleFunctions, private readonly handle: bigint) {}

  /** Whether it still exists; `undefined` where it does not, else whether the user is logged in. */
  public get login(): boolean | undefined {
    const info = new Block(Size.SESSION_INFO);
    return this.functions.returned('C_GetSessionInfo', this.handle, info) === 0n ? USER_STATES.includes(info.ulong(WORD)) : undefined;
  }

  /**
   * Logs in.
   *
   * @param pin undefined where the token has a way of its own to ask for it
   * @throws ReturnValueError
   */
  public logIn(user: typeof User[keyof typeof User], pin: string | undefined): void {
    const octets = pin === undefined ? null : Block.of(new TextEncoder().encode(pin));
    try {
      this.functions.call('C_Login', this.handle, user, octets, BigInt(octets?.length ?? 0));
    } catch (error) {
      if (!hasReturned(error, 'CKR_USER_ALREADY_LOGGED_IN')) {
        throw error;
      }
    } finally {
      octets?.octets.fill(0);
    }
  }

  /** Logs out; that nobody was logged in, or the session is gone, is as good. */
  public logOut(): void {
    this.functions.returned('C_Logout', this.handle);
  }

  /** Handles of the objects that have these attributes. */
  public find(template: Template): bigint[] {
    const attributes = templateBlock(template);
    this.functions.call('C_FindObjectsInit', this.handle, attributes, BigInt(template.length));
    try {
      const found: bigint[] = [];
      const handles = new Block(HANDLES * WORD);
      const count = new Block(WORD);
      do {
        this.functions.call('C_FindObjects', this.handle, handles, BigInt(HANDLES), count);
        found.push(...Array.from({ length: Math.min(Number(count.ulong(0)), HANDLES) }, (_, i) => handles.ulong(i * WORD)));
      } while (count.ulong(0) > 0n && found.length < MAX_OBJECTS);
      return found;
    } finally {
      this.functions.returned('C_FindObjectsFinal', this.handle);
    }
  }

  /** Values of attributes; those that the object lacks or does not show are left out. */
  public attributes(object: bigint, types: readonly bigint[]): ReadonlyMap<bigint, Uint8Array> {
    const lengths = this.readAttributes(object, types.map((type) => ({ type, value: null })));
    const wanted = types
      .map((type, i) => ({ type, length: lengths[i] }))
      .filter(({ length }) => length !== UNAVAILABLE && length <= MAX_ATTRIBUTE_LENGTH)
      .map(({ type, length }) => ({ type, value: new Block(Number(length)) }));
    if (wanted.length === 0) {
      return new Map();
    }
    const actual = this.readAttributes(object, wanted);
    return new Map(wanted
      .map(({ type, value }, i) => ({ type, value, length: actual[i] }))
      .filter(({ value, length }) => length <= BigInt(value.length))
      .map(({ type, value, length }) => [type, value.octets.slice(0, Number(length))]));
  }

  /**
   * Signs.
   *
   * @param beforeSigning runs between C_SignInit and C_Sign, where keys that want it have the user authenticated once more
   */
  public sign(key: bigint, mechanism: bigint, data: Uint8Array, beforeSigning?: () => void): Uint8Array {
    const settings = new Block(Size.MECHANISM);
    settings.setUlong(0, mechanism);
    this.functions.call('C_SignInit', this.handle, settings, key);
    beforeSigning?.();
    const input = Block.of(data);
    let signature = new Block(SIGNATURE_LENGTH);
    const length = Block.ulong(BigInt(signature.length));
    let returned = this.functions.returned('C_Sign', this.handle, input, BigInt(data.length), signature, length);
    const tooSmall = hasReturned(new ReturnValueError('C_Sign', returned), 'CKR_BUFFER_TOO_SMALL');
    if (tooSmall && length.ulong(0) > BigInt(signature.length) && length.ulong(0) <= MAX_ATTRIBUTE_LENGTH) {
      signature = new Block(Number(length.ulong(0)));
      returned = this.functions.returned('C_Sign', this.handle, input, BigInt(data.length), signature, length);
    }
    if (returned !== 0n) {
      throw new ReturnValueError('C_Sign', returned);
    }
    return signature.octets.slice(0, Number(length.ulong(0)));
  }

  /** Ends it; that it is gone already is as good. */
  public close(): void {
    this.functions.returned('C_CloseSession', this.handle);
  }

  /** Lengths of the values as the module left them, {@link UNAVAILABLE} for those that it did not give. */
  private readAttributes(object: bigint, wanted: ReadonlyArray<{ readonly type: bigint; readonly value: Block | null }>): bigint[] {
    const list = new Block(wanted.length * Size.ATTRIBUTE);
    wanted.forEach(({ type, value }, i) => {
      setAttribute(list, i, type, value);
    });
    const returned = this.functions.returned('C_GetAttributeValue', this.handle, object, list, BigInt(wanted.length));
    const error = new ReturnValueError('C_GetAttributeValue', returned);
    // The module goes through the whole list all the same, and marks the attributes that it does not give.
    if (returned !== 0n && !hasReturned(error, 'CKR_ATTRIBUTE_SENSITIVE', 'CKR_ATTRIBUTE_TYPE_INVALID', 'CKR_BUFFER_TOO_SMALL')) {
      throw error;
    }
    return wanted.map((_, i) => list.ulong(i * Size.ATTRIBUTE + 2 * WORD));
  }
}

function templateBlock(template: Template): Block {
  const list = new Block(template.length * Size.ATTRIBUTE);
  template.forEach(([type, value], i) => {
    setAttribute(list, i, type, typeof value === 'bigint' ? Block.ulong(value) : Block.of(value));
  });
  return list;
}

/** Fills the `i`-th CK_ATTRIBUTE: type, pointer to the value, and how many octets are there. */
function setAttribute(list: Block, i: number, type: bigint, value: Block | null): void {
  const offset = i * Size.ATTRIBUTE;
  list.setUlong(offset, type);
  if (value) {
    list.point(offset + WORD, value);
  }
  list.setUlong(offset + 2 * WORD, BigInt(value?.length ?? 0));
}

/** A CK_ULONG as it stands in an attribute's value. */
export function ulongOf(value: Uint8Array | undefined): bigint | undefined {
  return value?.length === WORD ? new DataView(value.buffer, value.byteOffset, WORD).getBigUint64(0, true) : undefined;
}
