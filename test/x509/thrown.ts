/** Catches what a reader throws, so that code and offset can be compared. */
import { X509Error } from '../../src/x509';

/** The X509Error that a call throws; fails where it returns, or throws anything else. */
export function thrownBy(call: () => unknown): X509Error {
  try {
    call();
  } catch (error) {
    if (error instanceof X509Error) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Code and offset of the X509Error that a call throws. */
export function faultOf(call: () => unknown): { code: string; offset: number } {
  const { code, offset } = thrownBy(call);
  return { code, offset };
}
