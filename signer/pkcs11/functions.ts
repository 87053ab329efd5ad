/// <reference path="./bun-ffi.d.ts" />
/** Loads a PKCS#11 module into the process and calls its functions. */
// eslint-disable-next-line import/no-unresolved
import { dlopen, linkSymbols, read } from 'bun:ffi';
import { Block, WORD } from './memory';
import { ReturnValueError } from './return-value-error';
import { oneLine } from '../../src/credentials/errors';
import { SignerError } from '../errors';

/** Place in CK_FUNCTION_LIST (counted after the version), and arguments. Numbers are CK_ULONG, one octet is CK_BBOOL. */
const FUNCTIONS = {
  C_Initialize: [0, ['ptr']],
  C_Finalize: [1, ['ptr']],
  C_GetInfo: [2, ['ptr']],
  C_GetSlotList: [4, ['u8', 'ptr', 'ptr']],
  C_GetSlotInfo: [5, ['u64', 'ptr']],
  C_GetTokenInfo: [6, ['u64', 'ptr']],
  C_GetMechanismInfo: [8, ['u64', 'u64', 'ptr']],
  C_OpenSession: [12, ['u64', 'u64', 'ptr', 'ptr', 'ptr']],
  C_CloseSession: [13, ['u64']],
  C_CloseAllSessions: [14, ['u64']],
  C_GetSessionInfo: [15, ['u64', 'ptr']],
  C_Login: [18, ['u64', 'u64', 'ptr', 'u64']],
  C_Logout: [19, ['u64']],
  C_GetAttributeValue: [24, ['u64', 'u64', 'ptr', 'u64']],
  C_FindObjectsInit: [26, ['u64', 'ptr', 'u64']],
  C_FindObjects: [27, ['u64', 'ptr', 'u64', 'ptr']],
  C_FindObjectsFinal: [28, ['u64']],
  C_SignInit: [42, ['u64', 'ptr', 'u64']],
  C_Sign: [43, ['u64', 'ptr', 'u64', 'ptr', 'ptr']],
} as const;

/** Name of a function. */
export type FunctionName = keyof typeof FUNCTIONS;

/** What a function takes: memory is passed as its address. */
export type Argument = bigint | number | Block | null;

/** Every block that a call under way was given. Calls are synchronous, so there is one at a time. */
const inUse: Block[] = [];

/** The functions of a loaded module. */
export class ModuleFunctions {
  /**
   * Loads the module. It stays loaded as long as the process: many modules do not survive being unloaded.
   *
   * @param path absolute, since a bare name would be looked for in the working directory as well
   * @throws SignerError `TOKEN_UNREADABLE` where it cannot be loaded, or is something else
   */
  public static load(path: string): ModuleFunctions {
    const list = new Block(WORD);
    const library = openLibrary(path);
    const returned = library.symbols.C_GetFunctionList(list.address);
    const table = Number(list.ulong(0));
    if (returned !== 0n || table === 0) {
      throw new SignerError('TOKEN_UNREADABLE', `the PKCS#11 module ${path} has no list of functions`);
    }
    const major = read.u8(table, 0);
    if (major !== 2 && major !== 3) {
      throw new SignerError('TOKEN_UNREADABLE', `the PKCS#11 module ${path} is of version ${major}; 2 and 3 can be used`);
    }
    return new ModuleFunctions(path, table);
  }

  private readonly linked: Readonly<Record<string, (...args: Array<number | bigint | null>) => bigint>>;

  private constructor(public readonly path: string, table: number) {
    const definitions = Object.entries(FUNCTIONS)
      // The version takes two octets, and the first pointer stands where pointers may stand.
      .map(([name, [position, args]]) => [name, { ptr: read.ptr(table, WORD + WORD * position), args, returns: 'u64' as const }] as const)
      .filter(([, { ptr }]) => ptr !== 0);
    this.linked = linkSymbols(Object.fromEntries(definitions)).symbols;
  }

  /** @throws ReturnValueError where the function returns anything but CKR_OK */
  public call(name: FunctionName, ...args: readonly Argument[]): void {
    const returned = this.returned(name, ...args);
    if (returned !== 0n) {
      throw new ReturnValueError(name, returned);
    }
  }

  /** Calls a function and hands on what it returns. */
  public returned(name: FunctionName, ...args: readonly Argument[]): bigint {
    const call = this.linked[name];
    if (!call) {
      throw new SignerError('TOKEN_UNREADABLE', `the PKCS#11 module ${this.path} lacks the function ${name}`);
    }
    // An address alone keeps nothing alive, and the collector may run while the function does.
    inUse.push(...args.filter((argument) => argument instanceof Block));
    try {
      return call(...args.map((argument) => (argument instanceof Block ? argument.address : argument)));
    } finally {
      inUse.length = 0;
    }
  }
}

function openLibrary(path: string): ReturnType<typeof dlopen<'C_GetFunctionList'>> {
  try {
    return dlopen(path, { C_GetFunctionList: { args: ['ptr'], returns: 'u64' } });
  } catch (error) {
    const loaded = (error as { code?: string }).code !== 'ERR_DLOPEN_FAILED';
    throw new SignerError('TOKEN_UNREADABLE', loaded
      ? `${path} is a library, but no PKCS#11 module (it has no C_GetFunctionList); give the module's path with --pkcs11-lib`
      : `the PKCS#11 module ${path} cannot be loaded: ${oneLine((error as Error).message, 300)}`, { cause: error });
  }
}
