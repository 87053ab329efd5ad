/** Integration test: a kit with the portable signer, and its configuration, in a bucket of the user's. */
import { aws_s3 as s3, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { HostAccess, HostKit, SignerTarget, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'HostKit');
const access = new HostAccess(stack, 'Backup', { trustAnchors: [exampleTrustAnchor(stack)], certificate: Subject.organizationalUnit('Backup') });
const kit = new HostKit(stack, 'Kit', {
  access,
  bucket: new s3.Bucket(stack, 'Kits', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }),
  targets: [SignerTarget.PORTABLE],
});

// The signer says which commit it is of, so that the hash of the kit is another one with each.
(kit.node.findChild('Sha256-portable') as CfnOutput).value = 'of the kit';

integrationTest(app, stack);
