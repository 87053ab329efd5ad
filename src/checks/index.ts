/** The rules, and what runs them. Nothing here needs the AWS CDK. */
import { administratorWithoutSessionPolicy } from './administrator-without-session-policy';
import { anyCertificate } from './any-certificate';
import { anyTrustAnchor } from './any-trust-anchor';
import { chosenSessionName } from './chosen-session-name';
import { crlOfAnotherCa } from './crl-of-another-ca';
import { crlWithoutAnchor } from './crl-without-anchor';
import { crlWrittenByOthers } from './crl-written-by-others';
import { disabledByOmission } from './disabled-by-omission';
import { duplicateCaCertificate } from './duplicate-ca-certificate';
import { expiredCa } from './expired-ca';
import { expiredCrl } from './expired-crl';
import { expiringCa } from './expiring-ca';
import { hardCodedPartition } from './hard-coded-partition';
import { impossibleTagValue } from './impossible-tag-value';
import { inactivePrivateCa } from './inactive-private-ca';
import { invalidAttributeMapping } from './invalid-attribute-mapping';
import { invalidName } from './invalid-name';
import { invalidSuppression } from './invalid-suppression';
import { leftoverStatement } from './leftover-statement';
import { malformedManagedPolicyArn } from './malformed-managed-policy-arn';
import { malformedPolicyVariable } from './malformed-policy-variable';
import { malformedTrustPolicy } from './malformed-trust-policy';
import { missingTrustActionsRule } from './missing-trust-actions';
import type { Rule } from './model/rule';
import { negatedCertificateCondition } from './negated-certificate-condition';
import { notACa } from './not-a-ca';
import { notificationWithoutThreshold } from './notification-without-threshold';
import { partitionedCrl } from './partitioned-crl';
import { privateKeyInTemplate } from './private-key-in-template';
import { profileWithoutRoles } from './profile-without-roles';
import { roleWithoutTrust } from './role-without-trust';
import { sessionLongerThanRole } from './session-longer-than-role';
import { sessionPolicyNotJson } from './session-policy-not-json';
import { sourceMismatch } from './source-mismatch';
import { tooManyCaCertificates } from './too-many-ca-certificates';
import { tooManyCrls } from './too-many-crls';
import { trustWithoutSource } from './trust-without-source';
import { unconditionalTrust } from './unconditional-trust';
import { undocumentedCaCertificate } from './undocumented-ca-certificate';
import { unknownCertificateAttribute } from './unknown-certificate-attribute';
import { unknownMetric } from './unknown-metric';
import { unmappedAttribute } from './unmapped-attribute';
import { unreadableCaBundle } from './unreadable-ca-bundle';
import { unreadableCrl } from './unreadable-crl';
import { unsuitableCrl } from './unsuitable-crl';
import { weakCaSignature } from './weak-ca-signature';
import { wrongEventPattern } from './wrong-event-pattern';

/** All rules, by id. */
export const RULES: readonly Rule[] = [
  unconditionalTrust,
  trustWithoutSource,
  anyTrustAnchor,
  anyCertificate,
  missingTrustActionsRule,
  leftoverStatement,
  negatedCertificateCondition,
  malformedPolicyVariable,
  impossibleTagValue,
  unknownCertificateAttribute,
  malformedTrustPolicy,
  unreadableCaBundle,
  privateKeyInTemplate,
  notACa,
  weakCaSignature,
  expiredCa,
  expiringCa,
  tooManyCaCertificates,
  duplicateCaCertificate,
  undocumentedCaCertificate,
  sourceMismatch,
  notificationWithoutThreshold,
  inactivePrivateCa,
  sessionLongerThanRole,
  administratorWithoutSessionPolicy,
  profileWithoutRoles,
  roleWithoutTrust,
  sessionPolicyNotJson,
  malformedManagedPolicyArn,
  unmappedAttribute,
  invalidAttributeMapping,
  chosenSessionName,
  crlWithoutAnchor,
  unreadableCrl,
  expiredCrl,
  crlOfAnotherCa,
  unsuitableCrl,
  tooManyCrls,
  crlWrittenByOthers,
  partitionedCrl,
  unknownMetric,
  wrongEventPattern,
  disabledByOmission,
  invalidName,
  hardCodedPartition,
  invalidSuppression,
];
