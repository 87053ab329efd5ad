/** What a rule is: what it says of itself, and how it finds what it is about. */
import type { CheckedApp } from './app';
import type { Resource } from './resource';

/** `error`: it lets in somebody who should not be, or can never work. `warning`: it is a risk, and may be meant. */
export type Severity = 'error' | 'warning';

/** Something that a rule found at a resource. */
export interface RuleFinding {
  /** The place in the resource, from `Properties` on; undefined for the resource as a whole. */
  readonly location?: string;
  /** What is wrong, without repeating where. */
  readonly message: string;
  /** What to do, where it is not what the rule says. */
  readonly fix?: string;
  /** Where it is not the rule's. */
  readonly severity?: Severity;
}

/** A rule. One file a rule, named after it. */
export interface Rule {
  /** Stable, such as `RA101`: suppressions name it. */
  readonly id: string;
  /** Speaks for itself, such as `unconditional-trust`. */
  readonly name: string;
  readonly severity: Severity;
  /** The types of the resources it looks at; undefined for all. */
  readonly resourceTypes?: readonly string[];
  /** What it finds, in a line. */
  readonly finds: string;
  /** Why that is bad. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
  /** Where that is written. */
  readonly source: string;
  /**
   * Everything that is wrong with a resource of these types; what only a deployment can tell is not wrong.
   *
   * @param rules - all rules that there are
   */
  check(resource: Resource, app: CheckedApp, rules: readonly Rule[]): readonly RuleFinding[];
}

/** Types of resources. */
export const TRUST_ANCHOR = 'AWS::RolesAnywhere::TrustAnchor';
export const PROFILE = 'AWS::RolesAnywhere::Profile';
export const CRL = 'AWS::RolesAnywhere::CRL';
export const ROLE = 'AWS::IAM::Role';

/** Pages that rules cite. */
export const Source = {
  TRUST_MODEL: '[User Guide, Trust model](https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html)',
  ATTRIBUTE_MAPPING: '[User Guide, Attribute mapping](https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping.html)',
  QUOTAS: '[General Reference, IAM Roles Anywhere quotas](https://docs.aws.amazon.com/general/latest/gr/rolesanywhere.html)',
  NOTIFICATIONS: '[User Guide, Customize notification settings](https://docs.aws.amazon.com/rolesanywhere/latest/userguide/customize-notification-settings.html)',
  EVENTS: '[User Guide, Monitoring with EventBridge](https://docs.aws.amazon.com/rolesanywhere/latest/userguide/monitoring-events.html)',
  IMPORT_CRL: '[API Reference, ImportCrl](https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ImportCrl.html)',
  UPDATE_CRL: '[API Reference, UpdateCrl](https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_UpdateCrl.html)',
  CREATE_PROFILE: '[API Reference, CreateProfile](https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html)',
  CREATE_TRUST_ANCHOR: '[API Reference, CreateTrustAnchor](https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateTrustAnchor.html)',
  CONDITION_OPERATORS:
    '[IAM User Guide, Condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)',
  POLICY_VARIABLES: '[IAM User Guide, Variables and tags](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html)',
  POLICY_GRAMMAR: '[IAM User Guide, Grammar of the policy language](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html)',
  SESSION_TAGS: '[STS API Reference, Tag](https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html)',
  PARTITIONS: '[IAM User Guide, ARNs](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)',
  PRIVATE_CA_CRL: '[Private CA User Guide, CRLs](https://docs.aws.amazon.com/privateca/latest/userguide/crl-planning.html)',
  RFC_5280_CRL: '[RFC 5280, 6.3.3](https://www.rfc-editor.org/rfc/rfc5280#section-6.3.3)',
} as const;
