/** Suppressions as the metadata of a resource has them, where who reads the template finds them: by id of the rule, each with its reason. */
import type { Resource } from './resource';
import { isJsonObject, ownProperty } from '../../assembly/json';
import { SUPPRESSIONS_KEY } from '../../private/metadata-keys';

/** The name under which the AWS CDK knows the rules; what comes before `::` where they are acknowledged. */
export const CHECKS_NAME = 'RolesAnywhereChecks';

/** Metadata of constructs in which the AWS CDK notes acknowledged rules. */
const ACKNOWLEDGED_RULES = 'aws:cdk:acknowledged-rules';

/** A suppression. */
export interface Suppression {
  readonly reason: string;
  /** The construct it was made at, where it is recorded; undefined where it was written into the template by hand. */
  readonly at?: string;
}

/** The suppression of a rule at a resource: in its own metadata, or acknowledged at a construct around it, as far as the assembly tells. */
export function suppressionOf(resource: Resource, ruleId: string): Suppression | undefined {
  return usableSuppression(ownProperty(resource.metadata(SUPPRESSIONS_KEY), ruleId)) ?? acknowledgement(resource, ruleId);
}

/** What metadata states for a rule, as a suppression; undefined where there is no reason. */
export function usableSuppression(stated: unknown): Suppression | undefined {
  const reason = typeof stated === 'string' ? stated : ownProperty(stated, 'reason');
  const at = ownProperty(stated, 'at');
  return typeof reason === 'string' && reason.trim() !== '' ? { reason: reason.trim(), ...typeof at === 'string' ? { at } : {} } : undefined;
}

/** Everything that metadata states, usable or not. */
export function statedSuppressions(resource: Resource): ReadonlyArray<readonly [string, unknown]> {
  const stated = resource.metadata(SUPPRESSIONS_KEY);
  return isJsonObject(stated) ? Object.entries(stated) : [];
}

function acknowledgement(resource: Resource, ruleId: string): Suppression | undefined {
  for (let at = resource.constructPath ?? ''; at !== ''; at = at.substring(0, Math.max(0, at.lastIndexOf('/')))) {
    for (const data of resource.template.source.metadataOf(at, ACKNOWLEDGED_RULES)) {
      const suppression = usableSuppression(ownProperty(data, `${CHECKS_NAME}::${ruleId}`));
      if (suppression) {
        return { ...suppression, at };
      }
    }
  }
  return undefined;
}
