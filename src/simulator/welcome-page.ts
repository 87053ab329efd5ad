/** The page that the local endpoint shows to a person: what it is, and what it stands for. */
import { ImportedCrl, ResourceTable } from './account-state';
import { AssemblyModel, ProfileModel, ResourceModel, TrustAnchorModel } from './model';
import { printable } from './printable';
import { SIMULATION_NOTICE } from './report';
import { anchorsFor } from './selection';
import { RolesAnywhereSimulator } from './simulator';

type Listed = Pick<ResourceModel, 'unusable'> & { readonly arn: string; readonly name: string; readonly logicalId?: string };

/** How many resources of a kind are listed. */
const MAX_LISTED = 100;

/** The page, as plain text. Trust anchors, profiles and revocation lists are shown as they are at the moment. */
export function welcomePage({ model, problems, state }: RolesAnywhereSimulator, url: string): string {
  const lines = [
    'cdk-roles-anywhere: a local IAM Roles Anywhere endpoint',
    '',
    'THE CREDENTIALS THAT THIS ENDPOINT HANDS OUT ARE FAKE.',
    SIMULATION_NOTICE,
    '',
    `CreateSession        POST ${url}/sessions`,
    `GetCallerIdentity    POST ${url}/ (AWS STS, for sessions of this endpoint)`,
    `management API       AWS_ENDPOINT_URL_ROLESANYWHERE=${url} (revocation lists, tags, enabling and disabling; signatures are not verified)`,
    '',
    ...section('trust anchors', propertiesOf(state.trustAnchors), stateOf),
    ...section('profiles', propertiesOf(state.profiles), (profile) => `${stateOf(profile)}, ${profile.roleArns.length} roles`),
    ...section('revocation lists', state.crls.all().map(({ arn, properties }) => ({ ...properties, arn })), stateOf),
    ...section('roles', model.roles, ({ unusable }) => (unusable === undefined ? '' : `cannot be used: ${unusable}`)),
    ...tryOut(model, url),
    ...(problems.length > 0 ? [`${problems.length} things in the templates could not be read:`, ...problems.map(({ message }) => `  ${message}`)] : []),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function propertiesOf<T>(table: ResourceTable<T>): T[] {
  return table.all().map(({ properties }) => properties);
}

function section<T extends Listed>(title: string, resources: readonly T[], note: (resource: T) => string): string[] {
  const shown = resources.slice(0, MAX_LISTED).map((resource) => {
    const remark = note(resource);
    return `  ${resource.arn || resource.logicalId}  ${resource.name}${remark === '' ? '' : ` (${remark})`}`;
  });
  const more = resources.length > MAX_LISTED ? [`  and ${resources.length - MAX_LISTED} more`] : [];
  return [`${title}:`, ...(resources.length === 0 ? ['  none'] : shown), ...more, ''];
}

/** A command that a person can copy, for the first combination that there is. */
function tryOut({ trustAnchors, profiles }: AssemblyModel, url: string): string[] {
  const profile = profiles.find(({ roleArns }) => roleArns.length > 0);
  const anchor = profile && anchorsFor(profile, trustAnchors)[0];
  return anchor ? [
    'try it with the certificate of a host:',
    `  roles-anywhere-signer credential-process --endpoint ${url} --certificate host.pem --private-key host.key \\`,
    `    --trust-anchor-arn ${anchor.arn} \\`,
    `    --profile-arn ${profile.arn} \\`,
    `    --role-arn ${profile.roleArns[0]}`,
    '',
  ] : [];
}

function stateOf({ enabled, enabledStated, unusable }: TrustAnchorModel | ProfileModel | ImportedCrl): string {
  if (unusable !== undefined) {
    return `cannot be used: ${unusable}`;
  }
  return enabled ? 'enabled' : enabledStated ? 'disabled' : 'disabled, because its template does not state Enabled';
}
