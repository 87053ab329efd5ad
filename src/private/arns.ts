/** ARNs of Roles Anywhere resources: built with the partition of the stack, taken apart with care for tokens. */
import { Arn, ArnComponents, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';

/** Kinds of Roles Anywhere resources, as their ARNs name them. */
export type RolesAnywhereResourceType = 'trust-anchor' | 'profile' | 'crl';

/** ARN of a resource in the environment of the construct's stack. */
export function rolesAnywhereArn(scope: IConstruct, resource: RolesAnywhereResourceType, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'rolesanywhere', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
}

/**
 * Takes the ARN of a resource apart.
 *
 * @throws RolesAnywhereError `INVALID_ARN` for a literal that is not the ARN of such a resource; tokens pass
 */
export function splitRolesAnywhereArn(scope: IConstruct, resource: RolesAnywhereResourceType, arn: string): ArnComponents {
  const pattern = new RegExp(`^arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:\\d{12}:${resource}/[A-Za-z0-9-]+$`);
  if (!Token.isUnresolved(arn) && !pattern.test(arn)) {
    throw new RolesAnywhereError(
      'INVALID_ARN',
      `${JSON.stringify(arn)} is not the ARN of a ${resource}; it should look like arn:aws:rolesanywhere:eu-west-1:111122223333:${resource}/<id>`,
      scope,
    );
  }
  return Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
}
