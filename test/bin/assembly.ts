/** Writes a cloud assembly for tests of the command: one anchor, one profile, two roles. */
import { App, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rolesanywhere from 'aws-cdk-lib/aws-rolesanywhere';
import { trustStatement } from '../simulator/fixtures';

/** How the assembly is to be. */
export interface AssemblyOptions {
  /** Whether the anchor hangs on a parameter without default. @default false */
  readonly unresolved?: boolean;
}

/** The host `onprem01` may have the role Uploader, `auditor` the role Auditor. Returns the folder. */
export function writeAssembly(folder: string, anchorPem: string, { unresolved = false }: AssemblyOptions = {}): string {
  const app = new App({ outdir: folder, analyticsReporting: false });
  const stack = new Stack(app, 'Hosts', { env: { account: '111122223333', region: 'eu-west-2' } });
  const anchor = new rolesanywhere.CfnTrustAnchor(stack, 'Anchor', {
    name: 'example-root',
    enabled: true,
    source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: anchorPem } },
  });
  if (unresolved) {
    anchor.addPropertyOverride('Enabled', Fn.ref(new CfnParameter(stack, 'Switch', { allowedValues: ['true', 'false'] }).logicalId));
  }
  const roles = [['Uploader', 'onprem01'], ['Auditor', 'auditor']].map(([roleName, commonName]) => new iam.CfnRole(stack, roleName, {
    roleName,
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [trustStatement({
        StringEquals: { 'aws:PrincipalTag/x509Subject/CN': commonName }, ArnEquals: { 'aws:SourceArn': anchor.attrTrustAnchorArn },
      })],
    },
  }));
  new rolesanywhere.CfnProfile(stack, 'Profile', { name: 'hosts', enabled: true, roleArns: roles.map(({ attrArn }) => attrArn) });
  app.synth();
  return folder;
}
