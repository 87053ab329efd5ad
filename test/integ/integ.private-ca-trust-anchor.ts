/** Integration test: a CA in AWS Private CA with its trust anchor and revocation, and a workload that it issues certificates for. */
import { aws_iam as iam, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { integrationApp, integrationTest } from './integration';
import { HostAccess, PrivateCaTrustAnchor, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'PrivateCaTrustAnchor');
const pki = new PrivateCaTrustAnchor(stack, 'Pki', { subject: { organization: 'Example', commonName: 'Example Hosts' }, removalPolicy: RemovalPolicy.DESTROY });
pki.grantIssueCertificate(new iam.Role(stack, 'Issuer', { assumedBy: new iam.AccountRootPrincipal() }));
new HostAccess(stack, 'Backup', { trustAnchors: [pki.trustAnchor], certificate: Subject.organizationalUnit('Backup') });

integrationTest(app, stack);
