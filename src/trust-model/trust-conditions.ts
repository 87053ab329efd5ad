/** What the conditions of a statement that trusts Roles Anywhere narrow down: the trust anchor, the holder of the certificate, or nothing. */
import { conditionKey } from './policy-context';
import { asList, isIntrinsic, isJsonObject } from './policy-json';
import { PRINCIPAL_TAG_PREFIX } from './session-tags';

/** One operator on one key. */
export interface TrustCondition {
  readonly operator: string;
  /** In lower case, since policies do not mind it. */
  readonly key: string;
  /** As the policy has it. */
  readonly spelling: string;
  /** Those that are known at deployment only are objects. */
  readonly values: readonly unknown[];
}

/** The conditions of a statement one by one; undefined where they, or those of an operator, are known at deployment only. */
export function readTrustConditions(condition: unknown): TrustCondition[] | undefined {
  const blocks = Object.entries(isJsonObject(condition) ? condition : {});
  if (isIntrinsic(condition) || blocks.some(([, block]) => isIntrinsic(block))) {
    return undefined;
  }
  return blocks.flatMap(([operator, block]) => Object.entries(isJsonObject(block) ? block : {})
    .map(([spelling, value]) => ({ operator, key: spelling.toLowerCase(), spelling, values: asList(value) })));
}

/** Operators that hold only where the key has one of the values. */
const POSITIVE = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))$/;

/** Operators that hold only where the attribute has a value. */
export const NEEDS_A_VALUE = /^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase)$/;

/** Operators that also hold where the key is missing. */
const HOLDS_WHEN_MISSING = /Not|IfExists$|^ForAllValues:/;

/** The conditions that shut somebody out: positive ones that do not hold for every value. */
export function restrictions(conditions: readonly TrustCondition[]): TrustCondition[] {
  return conditions.filter((condition) => POSITIVE.test(condition.operator) && !isVacuous(condition));
}

/** Whether a condition shuts nobody out, because it holds for every value. */
export function isVacuous({ operator, values }: TrustCondition): boolean {
  return POSITIVE.test(operator) && values.every(matchesAnything);
}

/** Whether a pattern holds for every value. */
function matchesAnything(value: unknown): boolean {
  return typeof value === 'string' && /^[*?]*\*[*?]*$/.test(value);
}

/** The key that names the trust anchor. */
export const SOURCE_ARN_KEY = 'aws:sourcearn';

const TAG_PREFIX = `${PRINCIPAL_TAG_PREFIX}x509`.toLowerCase();

/** What says to whom a certificate was issued; the issuer says only by whom. */
const HOLDER_KEYS = [`${TAG_PREFIX}subject/`, `${TAG_PREFIX}san/`, 'sts:sourceidentity'];

/** Whether a condition says something about the trust anchor. */
export function namesTrustAnchor({ key }: TrustCondition): boolean {
  return key === SOURCE_ARN_KEY;
}

/** Whether a condition says something about the holder of the certificate. */
export function namesHolder({ key }: TrustCondition): boolean {
  return HOLDER_KEYS.some((prefix) => key.startsWith(prefix));
}

/** The certificate attribute that a condition key asks for, as `x509Subject/CN`; undefined for other keys. */
export function certificateAttribute(key: string): string | undefined {
  const { lower, spelling } = conditionKey(key);
  return lower.startsWith(TAG_PREFIX) ? spelling.substring(PRINCIPAL_TAG_PREFIX.length) : undefined;
}

/** The conditions on certificate attributes that also hold for certificates without the attribute. */
export function negatedCertificateConditions(conditions: readonly TrustCondition[]): TrustCondition[] {
  return conditions.filter(({ operator, key }) => HOLDS_WHEN_MISSING.test(operator) && key.startsWith(TAG_PREFIX));
}
