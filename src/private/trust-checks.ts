/** Looks at trust policies as they will be deployed, for what is legal and dangerous: whoever wrote them. */
import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { TrustStatementFacts } from './role-facts';
import { PRINCIPAL_TAG_PREFIX } from '../trust-model/session-tags';

/** Something dangerous, with the id under which it can be acknowledged. */
export interface TrustWarning {
  readonly id: string;
  readonly message: string;
}

const ANY_TRUST_ANCHOR: TrustWarning = {
  id: 'cdk-roles-anywhere:TrustPolicy.anyTrustAnchor',
  message: 'a statement of the trust policy lets in certificates of every trust anchor of the account, because it has no condition on aws:SourceArn; '
    + 'use RolesAnywhereRole or RolesAnywherePrincipal, and remove the statement that was there before',
};

const ANY_CERTIFICATE: TrustWarning = {
  id: 'cdk-roles-anywhere:TrustPolicy.anyCertificate',
  message: 'every certificate of the trust anchor may assume the role, whoever it was issued to; name the hosts with Subject or '
    + 'SubjectAlternativeName, unless the CA issues certificates for this purpose only',
};

/** Operators that hold only where the key has one of the values. */
const POSITIVE = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))$/;

/** Operators that also hold where the key is missing. */
const HOLDS_WHEN_MISSING = /Not|IfExists$|^ForAllValues:/;

/** What is dangerous about the conditions of a statement that lets Roles Anywhere assume a role. */
export function conditionWarnings(condition: unknown): TrustWarning[] {
  const conditions = flatten(condition);
  const positive = conditions.filter(({ operator, values }) => POSITIVE.test(operator) && !values.every(matchesAnything));
  return [
    ...(positive.some(({ key }) => key === 'aws:sourcearn') ? [] : [ANY_TRUST_ANCHOR]),
    ...(positive.some(({ key }) => HOLDER_KEYS.some((prefix) => key.startsWith(prefix))) ? [] : [ANY_CERTIFICATE]),
    ...conditions.filter(({ operator, key }) => HOLDS_WHEN_MISSING.test(operator) && key.startsWith(TAG_PREFIX)).map(({ operator }) => ({
      id: 'cdk-roles-anywhere:TrustPolicy.negativeOperator',
      message: `a condition on certificate attributes uses ${operator}, which also holds for certificates that lack the attribute; `
        + 'name what is allowed instead',
    })),
  ];
}

const TAG_PREFIX = `${PRINCIPAL_TAG_PREFIX}x509`.toLowerCase();

/** What says to whom a certificate was issued; the issuer says only by whom. */
const HOLDER_KEYS = [`${TAG_PREFIX}subject/`, `${TAG_PREFIX}san/`, 'sts:sourceidentity'];

/** Whether a pattern holds for every value. */
function matchesAnything(value: unknown): boolean {
  return typeof value === 'string' && /^[*?]*\*[*?]*$/.test(value);
}

interface FlatCondition {
  readonly operator: string;
  /** In lower case, since policies do not mind it. */
  readonly key: string;
  readonly values: readonly unknown[];
}

function flatten(condition: unknown): FlatCondition[] {
  return Object.entries((condition ?? {}) as Record<string, object>).flatMap(([operator, entries]) => Object.entries(entries)
    .map(([key, value]) => ({ operator, key: key.toLowerCase(), values: [value].flat() })));
}

/** Warns at a role about statements that let Roles Anywhere assume it. Several profiles may ask; the role is warned about once. */
export function warnAboutTrust(role: IConstruct, statements: readonly TrustStatementFacts[]): void {
  const warnings = statements.filter(({ assumesRole }) => assumesRole).flatMap(({ condition }) => conditionWarnings(condition));
  const present = role.node.metadata.map(({ data }) => String(data));
  for (const { id, message } of new Map(warnings.map((warning) => [warning.id, warning])).values()) {
    if (!present.some((text) => text.includes(id))) {
      Annotations.of(role).addWarningV2(id, message);
    }
  }
}
