/** What a PKCS#11 function returned instead of CKR_OK, and what that means to a person. */
import { returnValueName, ReturnValueName } from './constants';
import { SignerError } from '../errors';

/** Thrown by calls; whoever knows what the call was for turns it into a SignerError. */
export class ReturnValueError extends Error {
  /** `CKR_PIN_INCORRECT`, or the number where the value has no name. */
  public readonly returned: string;
  /** Which token it was, where that is known: `token "NAME"`. */
  public where: string | undefined;

  public constructor(public readonly functionName: string, value: bigint) {
    const returned = returnValueName(value);
    super(`${functionName} returned ${returned}`);
    this.name = 'ReturnValueError';
    this.returned = returned;
  }
}

/** Whether an error is one of these return values. */
export function hasReturned(error: unknown, ...names: readonly ReturnValueName[]): error is ReturnValueError {
  return error instanceof ReturnValueError && names.some((name) => name === error.returned);
}

/** Whether an error says that sessions, handles or the login are gone, as after the token was pulled out and put back. */
export function isConnectionLost(error: unknown): boolean {
  return hasReturned(error, 'CKR_SESSION_HANDLE_INVALID', 'CKR_SESSION_CLOSED', 'CKR_DEVICE_REMOVED', 'CKR_DEVICE_ERROR', 'CKR_TOKEN_NOT_PRESENT',
    'CKR_SLOT_ID_INVALID', 'CKR_USER_NOT_LOGGED_IN', 'CKR_KEY_HANDLE_INVALID', 'CKR_OBJECT_HANDLE_INVALID', 'CKR_CRYPTOKI_NOT_INITIALIZED');
}

/** Return values in words, each with what to do. */
const MEANINGS: Readonly<Partial<Record<ReturnValueName, string>>> = {
  CKR_TOKEN_NOT_PRESENT: 'the token is not there; put it in',
  CKR_TOKEN_NOT_RECOGNIZED: 'the module does not know this kind of token, or the token was never initialized',
  CKR_DEVICE_REMOVED: 'the token was taken out; put it back',
  CKR_DEVICE_ERROR: 'the device failed; take it out and put it back, and look at the module\'s own log',
  CKR_DEVICE_MEMORY: 'the device has no memory left; close other programs that use it',
  CKR_HOST_MEMORY: 'the module got no memory from the system',
  CKR_GENERAL_ERROR: 'the module could not go on; its own log may say why',
  CKR_FUNCTION_FAILED: 'the module could not do it; its own log may say why',
  CKR_CANT_LOCK: 'the module cannot be used by several threads',
  CKR_SESSION_COUNT: 'the token has no session left; close other programs that use it',
  CKR_SESSION_HANDLE_INVALID: 'the session with the token ended',
  CKR_USER_NOT_LOGGED_IN: 'the token wants a login first',
  CKR_USER_PIN_NOT_INITIALIZED: 'the token has no user PIN yet; set one with "pkcs11-tool --init-pin" or the vendor\'s tool',
  CKR_USER_ANOTHER_ALREADY_LOGGED_IN: 'somebody else (the security officer) is logged in to the token',
  CKR_PIN_EXPIRED: 'the PIN has expired; change it with "pkcs11-tool --change-pin" or the vendor\'s tool',
  CKR_PIN_LOCKED: 'the PIN is locked after too many wrong ones; unlock it with the security officer\'s PIN or the vendor\'s tool',
  CKR_KEY_FUNCTION_NOT_PERMITTED: 'the private key is not allowed to sign (CKA_SIGN); use another one',
  CKR_KEY_SIZE_RANGE: 'the module does not sign with keys of this size',
  CKR_KEY_TYPE_INCONSISTENT: 'the private key is of another kind than the certificate\'s',
  CKR_DATA_LEN_RANGE: 'the module does not sign hashes of this length with this key',
  CKR_MECHANISM_INVALID: 'the module does not offer this way of signing for the key',
  CKR_FUNCTION_NOT_SUPPORTED: 'the module lacks the function',
  CKR_CRYPTOKI_NOT_INITIALIZED: 'something in this process has finalized the module',
  CKR_ACTION_PROHIBITED: 'the token forbids it',
};

/**
 * Turns what a call returned into an error for people; other errors stay as they are.
 *
 * @param where begins the message where the error does not know better
 */
export function explain(error: unknown, where: string): unknown {
  if (!(error instanceof ReturnValueError)) {
    return error;
  }
  const meaning = MEANINGS[error.returned as ReturnValueName];
  return new SignerError('TOKEN_UNREADABLE', `${error.where ?? where}: ${meaning ? `${meaning} (${error.message})` : error.message}`, { cause: error });
}
