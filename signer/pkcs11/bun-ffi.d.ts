/** What is used of Bun's module for calling libraries. */
declare module 'bun:ffi' {
  type NativeType = 'ptr' | 'u8' | 'u64';
  type NativeArgument = number | bigint | null;

  interface NativeFunction {
    readonly args: readonly NativeType[];
    readonly returns: NativeType;
    /** Address of the function, where it is not found by name. */
    readonly ptr?: number;
  }

  interface Linked<Name extends string> {
    /** Every `u64` that is returned is a bigint. */
    readonly symbols: Readonly<Record<Name, (...args: readonly NativeArgument[]) => bigint>>;
  }

  export function dlopen<Name extends string>(path: string, functions: Readonly<Record<Name, NativeFunction>>): Linked<Name>;
  export function linkSymbols<Name extends string>(functions: Readonly<Record<Name, NativeFunction>>): Linked<Name>;
  /** Address of a buffer, which must not be empty. */
  export function ptr(buffer: ArrayBuffer): number;
  export const read: {
    u8(address: number, offset: number): number;
    ptr(address: number, offset: number): number;
  };
}
