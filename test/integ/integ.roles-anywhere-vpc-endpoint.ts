/** Integration test: logins through a VPC, and credentials that are of no use outside it. */
import { aws_ec2 as ec2, Stack } from 'aws-cdk-lib';
import { exampleTrustAnchor, integrationApp, integrationTest } from './integration';
import { HostAccess, RolesAnywhereVpcEndpoint, Subject } from '../../src';

const app = integrationApp();
const stack = new Stack(app, 'RolesAnywhereVpcEndpoint');
const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Endpoints', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
const endpoint = new RolesAnywhereVpcEndpoint(stack, 'Endpoint', { vpc, allowFrom: [ec2.Peer.ipv4('10.20.0.0/16')] });
const access = new HostAccess(stack, 'Backup', { trustAnchors: [exampleTrustAnchor(stack)], certificate: Subject.organizationalUnit('Backup') });
access.role.addToPrincipalPolicy(endpoint.denyOutsideVpc());

integrationTest(app, stack);
