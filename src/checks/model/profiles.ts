/** What profiles say: their roles, how long sessions last, what is mapped. */
import { CompositeText, isKnownObject, Reference } from './deferred';
import { oncePerResource } from './memo';
import type { Resource } from './resource';
import { ROLE } from './rule';
import { DEFAULT_SESSION_SECONDS } from '../../trust-model/limits';
import { AttributeMappingRule, CertificateField, DEFAULT_ATTRIBUTE_MAPPINGS } from '../../trust-model/session-tags';

/** A role that a profile lists, where it is made in the same app. */
export interface ListedRole {
  readonly role: Resource;
  readonly location: string;
}

/** The roles of a profile that are made in the same app. */
export const rolesOf = oncePerResource((profile): readonly ListedRole[] => {
  const arns = profile.property('RoleArns');
  return (Array.isArray(arns) ? arns : []).flatMap((arn, i) => {
    const role = roleOf(arn);
    return role ? [{ role, location: `Properties.RoleArns[${i}]` }] : [];
  });
});

/** The role behind an ARN: its attribute, or a text that ends with its name. */
function roleOf(arn: unknown): Resource | undefined {
  if (arn instanceof CompositeText) {
    const last = arn.parts[arn.parts.length - 1];
    return last instanceof Reference && last.attribute === undefined && last.resource.type === ROLE ? last.resource : undefined;
  }
  return arn instanceof Reference && arn.attribute === 'Arn' && arn.resource.type === ROLE ? arn.resource : undefined;
}

/** How long sessions of a profile last, in seconds; undefined where it is known at deployment only. */
export function sessionSeconds(profile: Resource): number | undefined {
  return secondsOf(profile, 'DurationSeconds', DEFAULT_SESSION_SECONDS);
}

/** A number of seconds, which CloudFormation takes as text too. */
export function secondsOf(resource: Resource, property: string, ifAbsent: number): number | undefined {
  const value = resource.property(property);
  if (value === undefined) {
    return resource.isComplete ? ifAbsent : undefined;
  }
  return typeof value === 'number' || (typeof value === 'string' && /^\d{1,9}$/.test(value)) ? Number(value) : undefined;
}

/** A mapping as the template has it. */
export interface StatedMapping extends AttributeMappingRule {
  readonly location: string;
}

/** The mappings that a profile states; undefined where they are known at deployment only. */
export const statedMappings = oncePerResource((profile): readonly StatedMapping[] | undefined => {
  const stated = profile.property('AttributeMappings');
  if (stated === undefined) {
    return profile.isComplete ? [] : undefined;
  }
  const mappings = Array.isArray(stated) ? stated.map((mapping, i) => readMapping(mapping, `Properties.AttributeMappings[${i}]`)) : [undefined];
  return mappings.every((mapping) => mapping !== undefined) ? mappings : undefined;
});

function readMapping(mapping: unknown, location: string): StatedMapping | undefined {
  if (!isKnownObject(mapping) || typeof mapping.CertificateField !== 'string' || !Array.isArray(mapping.MappingRules)) {
    return undefined;
  }
  const specifiers = mapping.MappingRules.map((rule) => (isKnownObject(rule) ? rule.Specifier : undefined));
  return specifiers.every((specifier) => typeof specifier === 'string')
    ? { certificateField: mapping.CertificateField as CertificateField, specifiers, location }
    : undefined;
}

/**
 * What a profile maps; undefined where it is not known.
 *
 * Whether the service keeps its defaults for the parts of a certificate that a profile leaves out is not documented, so here it does.
 */
export function mappingsOf(profile: Resource): readonly AttributeMappingRule[] | undefined {
  const stated = statedMappings(profile);
  const isStated = (field: CertificateField) => stated?.some(({ certificateField }) => certificateField === field);
  return stated && [...stated, ...DEFAULT_ATTRIBUTE_MAPPINGS.filter(({ certificateField }) => !isStated(certificateField))];
}
