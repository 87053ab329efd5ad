/** The numbers of PKCS#11 2.40 that are used here, and the names of its return values. */

/** Classes of objects (CKO_). */
export const ObjectClass = { CERTIFICATE: 1n, PRIVATE_KEY: 3n } as const;

/** Attributes of objects (CKA_). */
export const Attribute = {
  CLASS: 0x00n,
  LABEL: 0x03n,
  VALUE: 0x11n,
  KEY_TYPE: 0x100n,
  ID: 0x102n,
  SIGN: 0x108n,
  ALWAYS_AUTHENTICATE: 0x202n,
} as const;

/** Types of keys (CKK_). */
export const KeyType = { RSA: 0n, EC: 3n } as const;

/** Mechanisms (CKM_). */
export const Mechanism = {
  RSA_PKCS: 0x01n,
  SHA256_RSA_PKCS: 0x40n,
  SHA384_RSA_PKCS: 0x41n,
  SHA512_RSA_PKCS: 0x42n,
  ECDSA: 0x1041n,
  ECDSA_SHA256: 0x1044n,
  ECDSA_SHA384: 0x1045n,
  ECDSA_SHA512: 0x1046n,
} as const;

/** Kinds of users that log in (CKU_). */
export const User = { USER: 1n, CONTEXT_SPECIFIC: 2n } as const;

/** Flags of tokens (CKF_). */
export const TokenFlag = {
  LOGIN_REQUIRED: 0x04n,
  USER_PIN_INITIALIZED: 0x08n,
  PROTECTED_AUTHENTICATION_PATH: 0x100n,
  TOKEN_INITIALIZED: 0x400n,
  USER_PIN_COUNT_LOW: 0x1_0000n,
  USER_PIN_FINAL_TRY: 0x2_0000n,
  USER_PIN_LOCKED: 0x4_0000n,
} as const;

/** That several threads may call, with the locks of the system (CKF_OS_LOCKING_OK). */
export const OS_LOCKING_OK = 0x02n;

/** What every session has to be opened with (CKF_SERIAL_SESSION). */
export const SERIAL_SESSION = 0x04n;

/** That a mechanism signs (CKF_SIGN). */
export const MECHANISM_SIGNS = 0x800n;

/** States of a session in which the user is logged in (CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS). */
export const USER_STATES: readonly bigint[] = [1n, 3n];

/** Length of an attribute that cannot be read, number of something that is not told (CK_UNAVAILABLE_INFORMATION). */
export const UNAVAILABLE = 0xffff_ffff_ffff_ffffn;

/** Return values by name. */
const RETURN_VALUES = {
  CKR_OK: 0x00,
  CKR_CANCEL: 0x01,
  CKR_HOST_MEMORY: 0x02,
  CKR_SLOT_ID_INVALID: 0x03,
  CKR_GENERAL_ERROR: 0x05,
  CKR_FUNCTION_FAILED: 0x06,
  CKR_ARGUMENTS_BAD: 0x07,
  CKR_NO_EVENT: 0x08,
  CKR_NEED_TO_CREATE_THREADS: 0x09,
  CKR_CANT_LOCK: 0x0a,
  CKR_ATTRIBUTE_READ_ONLY: 0x10,
  CKR_ATTRIBUTE_SENSITIVE: 0x11,
  CKR_ATTRIBUTE_TYPE_INVALID: 0x12,
  CKR_ATTRIBUTE_VALUE_INVALID: 0x13,
  CKR_ACTION_PROHIBITED: 0x1b,
  CKR_DATA_INVALID: 0x20,
  CKR_DATA_LEN_RANGE: 0x21,
  CKR_DEVICE_ERROR: 0x30,
  CKR_DEVICE_MEMORY: 0x31,
  CKR_DEVICE_REMOVED: 0x32,
  CKR_FUNCTION_CANCELED: 0x50,
  CKR_FUNCTION_NOT_PARALLEL: 0x51,
  CKR_FUNCTION_NOT_SUPPORTED: 0x54,
  CKR_KEY_HANDLE_INVALID: 0x60,
  CKR_KEY_SIZE_RANGE: 0x62,
  CKR_KEY_TYPE_INCONSISTENT: 0x63,
  CKR_KEY_FUNCTION_NOT_PERMITTED: 0x68,
  CKR_MECHANISM_INVALID: 0x70,
  CKR_MECHANISM_PARAM_INVALID: 0x71,
  CKR_OBJECT_HANDLE_INVALID: 0x82,
  CKR_OPERATION_ACTIVE: 0x90,
  CKR_OPERATION_NOT_INITIALIZED: 0x91,
  CKR_PIN_INCORRECT: 0xa0,
  CKR_PIN_INVALID: 0xa1,
  CKR_PIN_LEN_RANGE: 0xa2,
  CKR_PIN_EXPIRED: 0xa3,
  CKR_PIN_LOCKED: 0xa4,
  CKR_SESSION_CLOSED: 0xb0,
  CKR_SESSION_COUNT: 0xb1,
  CKR_SESSION_HANDLE_INVALID: 0xb3,
  CKR_SESSION_PARALLEL_NOT_SUPPORTED: 0xb4,
  CKR_SESSION_READ_ONLY: 0xb5,
  CKR_SESSION_EXISTS: 0xb6,
  CKR_TEMPLATE_INCOMPLETE: 0xd0,
  CKR_TEMPLATE_INCONSISTENT: 0xd1,
  CKR_TOKEN_NOT_PRESENT: 0xe0,
  CKR_TOKEN_NOT_RECOGNIZED: 0xe1,
  CKR_TOKEN_WRITE_PROTECTED: 0xe2,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKR_USER_NOT_LOGGED_IN: 0x101,
  CKR_USER_PIN_NOT_INITIALIZED: 0x102,
  CKR_USER_TYPE_INVALID: 0x103,
  CKR_USER_ANOTHER_ALREADY_LOGGED_IN: 0x104,
  CKR_USER_TOO_MANY_TYPES: 0x105,
  CKR_RANDOM_NO_RNG: 0x121,
  CKR_BUFFER_TOO_SMALL: 0x150,
  CKR_CRYPTOKI_NOT_INITIALIZED: 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
  CKR_MUTEX_BAD: 0x1a0,
  CKR_MUTEX_NOT_LOCKED: 0x1a1,
} as const;

/** Name of a return value. */
export type ReturnValueName = keyof typeof RETURN_VALUES;

const NAMES: ReadonlyMap<bigint, string> = new Map(Object.entries(RETURN_VALUES).map(([name, value]) => [BigInt(value), name]));

/** The name of a return value; its number where it is the vendor's own. */
export function returnValueName(value: bigint): string {
  return NAMES.get(value) ?? `0x${value.toString(16)}`;
}

/** Whether a flag is set. */
export function hasFlag(flags: bigint, flag: bigint): boolean {
  // eslint-disable-next-line no-bitwise
  return (flags & flag) !== 0n;
}
