/** Writes a cloud assembly for tests of the command: one anchor, one profile, two roles. */
import { App, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { trustStatement } from '../simulator/fixtures';

/** How the assembly is to be. */
export interface AssemblyOptions {
  /** Whether the anchor hangs on a parameter without default. @default false */
  readonly unresolved?: boolean;
  /** Roles that trust the anchor, and that no profile lists. @default - none */
  readonly unlisted?: readonly string[];
}

/** The host `onprem01` may have the role Uploader, `auditor` the role Auditor. Returns the folder. */
export function writeAssembly(folder: string, anchorPem: string, { unresolved = false, unlisted = [] }: AssemblyOptions = {}): string {
  const app = new App({ outdir: folder, analyticsReporting: false, context: { 'aws:cdk:enable-path-metadata': true } });
  const stack = new Stack(app, 'Hosts', { env: { account: '111122223333', region: 'eu-west-2' } });
  const anchor = new rolesanywhere.CfnTrustAnchor(stack, 'Anchor', {
    name: 'example-root',
    enabled: true,
    source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: anchorPem } },
  });
  if (unresolved) {
    anchor.addPropertyOverride('Enabled', Fn.ref(new CfnParameter(stack, 'Switch', { allowedValues: ['true', 'false'] }).logicalId));
  }
  const roleFor = ([roleName, commonName]: readonly string[], anchorArn = anchor.attrTrustAnchorArn) => new iam.CfnRole(stack, roleName, {
    roleName,
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [trustStatement({
        StringEquals: { 'aws:PrincipalTag/x509Subject/CN': commonName }, ArnEquals: { 'aws:SourceArn': anchorArn },
      })],
    },
  });
  const roles = [['Uploader', 'onprem01'], ['Auditor', 'auditor']].map((role) => roleFor(role));
  unlisted.forEach((roleName) => roleFor([roleName, 'onprem01']));
  // Neither a role for the hosts of another trust anchor nor one for a service is of interest to anybody who asks about this app.
  roleFor(['Elsewhere', 'onprem01'], 'arn:aws:rolesanywhere:eu-west-2:111122223333:trust-anchor/00000000-0000-4000-8000-000000000000');
  new iam.Role(stack, 'Function', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'hosts', enabled: true, roleArns: roles.map(({ attrArn }) => attrArn) });
  app.synth();
  return folder;
}
