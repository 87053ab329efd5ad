/** Names of Roles Anywhere resources: checked where the user gives one, made from the construct's path where not. */
import { Names, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RolesAnywhereError } from './errors';
import { MAX_NAME_LENGTH, NAME_ALPHABET } from '../trust-model/limits';

/**
 * The name to render: the given one, or one that is unique in the app.
 *
 * @throws RolesAnywhereError `INVALID_NAME` for a literal outside the alphabet; host names with dots are the usual culprits
 */
export function resourceName(scope: IConstruct, given: string | undefined): string {
  if (given === undefined) {
    return Names.uniqueResourceName(scope, { maxLength: MAX_NAME_LENGTH, separator: '-', allowedSpecialCharacters: '-_' });
  }
  if (!Token.isUnresolved(given) && (given.length > MAX_NAME_LENGTH || !NAME_ALPHABET.test(given))) {
    throw new RolesAnywhereError(
      'INVALID_NAME',
      `the name ${JSON.stringify(given)} is not allowed: names have 1 to ${MAX_NAME_LENGTH} letters, digits, blanks, hyphens and underscores; `
      + 'replace the dots of a host name by hyphens',
      scope,
    );
  }
  return given;
}
