/** Looks at trust policies as they will be deployed, for what is legal and dangerous: whoever wrote them. */
import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import {
  namesHolder, namesTrustAnchor, negatedCertificateConditions, readTrustConditions, restrictions, TrustCondition,
} from '../trust-model/trust-conditions';
import { TrustStatementFacts } from '../trust-model/trust-statements';

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

/** What is dangerous about the conditions of a statement that lets Roles Anywhere assume a role; nothing where only a deployment can tell. */
export function conditionWarnings(condition: unknown): TrustWarning[] {
  return warningsOf(readTrustConditions(condition));
}

function warningsOf(conditions: readonly TrustCondition[] | undefined): TrustWarning[] {
  if (!conditions) {
    return [];
  }
  const restricting = restrictions(conditions);
  return [
    ...(restricting.some(namesTrustAnchor) ? [] : [ANY_TRUST_ANCHOR]),
    ...(restricting.some(namesHolder) ? [] : [ANY_CERTIFICATE]),
    ...negatedCertificateConditions(conditions).map(({ operator }) => ({
      id: 'cdk-roles-anywhere:TrustPolicy.negativeOperator',
      message: `a condition on certificate attributes uses ${operator}, which also holds for certificates that lack the attribute; `
        + 'name what is allowed instead',
    })),
  ];
}

/** Warns at a role about statements that let Roles Anywhere assume it. Several profiles may ask; the role is warned about once. */
export function warnAboutTrust(role: IConstruct, statements: readonly TrustStatementFacts[]): void {
  const warnings = statements.filter(({ assumesRole }) => assumesRole).flatMap(({ conditions }) => warningsOf(conditions));
  if (warnings.length === 0) {
    return;
  }
  const present = role.node.metadata.map(({ data }) => String(data));
  for (const { id, message } of new Map(warnings.map((warning) => [warning.id, warning])).values()) {
    if (!present.some((text) => text.includes(id))) {
      Annotations.of(role).addWarningV2(id, message);
    }
  }
}
