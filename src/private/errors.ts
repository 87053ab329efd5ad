/** The error that constructs throw: a stable code, the construct's path, what is wrong and what to do. */
import { IConstruct } from 'constructs';

/** Stable codes of everything this library refuses at synth. */
export type RolesAnywhereErrorCode =
  | 'INVALID_NAME'
  | 'INVALID_ARN'
  | 'INVALID_CERTIFICATE'
  | 'PRIVATE_KEY_IN_BUNDLE'
  | 'EMPTY_BUNDLE'
  | 'DUPLICATE_CERTIFICATE'
  | 'BUNDLE_TOO_LARGE'
  | 'FILE_UNREADABLE'
  | 'PRIVATE_CA_UNSUPPORTED'
  | 'INVALID_NOTIFICATION'
  | 'INVALID_CONDITION'
  | 'CONTRADICTORY_CONDITION'
  | 'TOO_MANY_ALTERNATIVES'
  | 'NO_TRUST_ANCHOR'
  | 'INVALID_SESSION_DURATION'
  | 'TOO_MANY_MANAGED_POLICIES'
  | 'INVALID_ATTRIBUTE_MAPPING'
  | 'PRINCIPAL_HAS_ALTERNATIVES'
  | 'CONDITION_OVERWRITTEN'
  | 'NOTHING_TO_STOP'
  | 'TOO_MANY_CRLS'
  | 'INVALID_CRL'
  | 'INVALID_CRL_SOURCE'
  | 'CONFIGURATION_TOO_LARGE'
  | 'INVALID_SUPPRESSION'
  | 'NOT_IN_APP'
  | 'INVALID_HOST'
  | 'TOO_MANY_HOSTS'
  | 'NOTHING_TO_MONITOR'
  | 'INVALID_KIT'
  | 'KIT_NOT_BUILT';

/**
 * Thrown by the constructs and values of this library.
 *
 * The class is not exported, because jsii takes no class that extends `Error` of TypeScript. TypeScript and JavaScript tell it by its name, and then
 * have its members: `error.name === 'RolesAnywhereError' && error.code === 'INVALID_NAME'`. In other languages an error arrives as text only,
 * which ends with the code in parentheses. What is found at synth, when everything is there, is put together by the AWS CDK and has no code.
 */
export class RolesAnywhereError extends Error {
  /** Stable name of the fault, for programs. */
  public readonly code: RolesAnywhereErrorCode;

  /** Where in the construct tree; undefined for values that are in no tree. */
  public readonly constructPath?: string;

  public constructor(code: RolesAnywhereErrorCode, message: string, scope?: IConstruct) {
    super(scope ? `[${scope.node.path}] ${message} (${code})` : `${message} (${code})`);
    this.name = 'RolesAnywhereError';
    this.code = code;
    this.constructPath = scope?.node.path;
  }
}
