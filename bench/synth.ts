/** Bench: synthesising a fleet of 200 hosts with a role each, against the same template made of L1 constructs. */
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { isDeepStrictEqual } from 'util';
import { App, Aws, aws_iam as iam, aws_rolesanywhere as rolesanywhere, CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Bench, Figure, median } from './figures';
import { HostFleet, HostIsolation, TrustAnchor, TrustAnchorSource } from '../src';
import { createRootCa } from '../test/support/pki';

const HOSTS = 200;
const ROUNDS = 30;
const WARM_UP_ROUNDS = 5;

const BUCKET_ARN = `arn:${Aws.PARTITION}:s3:::fleet`;
const ACTIONS = ['s3:GetObject', 's3:PutObject'];
const OWN_OBJECTS = `${BUCKET_ARN}/hosts/\${aws:PrincipalTag/x509Subject/CN}/*`;

const names = Array.from({ length: HOSTS }, (_, i) => `host${String(i).padStart(3, '0')}.example.com`);

/** The bench. */
export const synthesis: Bench = {
  name: 'synth',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-synth-'));
    try {
      const { pem } = await createRootCa('C=AU, O=Example, CN=Bench Root');
      requireSameTemplates(folder, pem);
      progress(`synth: ${ROUNDS} rounds of ${HOSTS} hosts ...`);
      return [measure(folder, pem)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

type Fill = (stack: Stack, pem: string) => void;

const withFleet: Fill = (stack, pem) => {
  const anchor = new TrustAnchor(stack, 'Anchor', { source: TrustAnchorSource.certificateBundle(pem), trustAnchorName: 'anchor' });
  const fleet = new HostFleet(stack, 'Fleet', {
    trustAnchors: [anchor],
    hosts: names.map((name) => ({ name })),
    isolation: HostIsolation.rolePerHost(),
    profileName: 'fleet',
  });
  fleet.addToHostPolicy(new iam.PolicyStatement({ actions: ACTIONS, resources: [OWN_OBJECTS] }));
};

/** What comes to the same template, logical ids included: a class of one's own around L1 constructs, with a loop. */
const withL1s: Fill = (stack, pem) => {
  const anchor = new rolesanywhere.CfnTrustAnchor(new Construct(stack, 'Anchor'), 'Resource', {
    name: 'anchor', enabled: true, source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: pem } },
  });
  const fleet = new Construct(stack, 'Fleet');
  const permissions = new iam.CfnManagedPolicy(new Construct(fleet, 'Permissions'), 'Resource', {
    description: 'What the hosts of Stack/Fleet have in common',
    path: '/',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: ACTIONS, Effect: 'Allow', Resource: OWN_OBJECTS }] },
  });
  const hosts = new Construct(fleet, 'Host');
  const roles = names.map((name) => new iam.CfnRole(hosts, name, {
    assumeRolePolicyDocument: trustPolicy(name, anchor.attrTrustAnchorArn),
    managedPolicyArns: [permissions.ref],
  }));
  const profile = new rolesanywhere.CfnProfile(new Construct(fleet, 'Profile'), 'Resource', {
    name: 'fleet', enabled: true, durationSeconds: 3600, roleArns: roles.map(({ attrArn }) => attrArn),
  });
  outputs(fleet, anchor, profile, roles);
};

function trustPolicy(name: string, trustAnchorArn: string): object {
  return {
    Version: '2012-10-17',
    Statement: [{
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { ArnEquals: { 'aws:SourceArn': trustAnchorArn }, StringEquals: { 'aws:PrincipalTag/x509Subject/CN': name } },
      Effect: 'Allow',
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
    }],
  };
}

/** As many hosts to an output as the fleet has. */
const HOSTS_PER_OUTPUT = 9;

function outputs(scope: Construct, anchor: rolesanywhere.CfnTrustAnchor, profile: rolesanywhere.CfnProfile, roles: readonly iam.CfnRole[]): void {
  for (let start = 0; start < HOSTS; start += HOSTS_PER_OUTPUT) {
    const parts = names.slice(start, start + HOSTS_PER_OUTPUT).flatMap((name, i) => [
      `${i === 0 ? '' : ','}"${name}":{"trustAnchorArn":"`, anchor.attrTrustAnchorArn, '","profileArn":"', profile.attrProfileArn, '","roleArn":"',
      roles[start + i].attrArn, '","region":"', Aws.REGION, '","sessionDuration":3600}',
    ]);
    new CfnOutput(scope, `SignerConfigurations${start === 0 ? '' : start / HOSTS_PER_OUTPUT + 1}`, {
      value: Fn.join('', ['{"version":1,"name":"Fleet","hosts":{', ...parts, '}}']),
      description: 'Configuration files of the signers of Stack/Fleet, by host',
    });
  }
}

function synthesise(folder: string, fill: Fill, pem: string): unknown {
  const app = new App({ outdir: join(folder, fill === withFleet ? 'fleet' : 'l1') });
  const stack = new Stack(app, 'Stack');
  fill(stack, pem);
  return app.synth().getStackByName('Stack').template;
}

/** A comparison of different things would be none. */
function requireSameTemplates(folder: string, pem: string): void {
  const [ours, theirs] = [withFleet, withL1s].map((fill) => synthesise(folder, fill, pem));
  if (!isDeepStrictEqual(ours, theirs)) {
    throw new Error('the fleet and the L1 constructs of this bench do not come to the same template');
  }
}

function measure(folder: string, pem: string): Figure {
  const times: Record<'fleet' | 'l1', number[]> = { fleet: [], l1: [] };
  const contestants = [['fleet', withFleet], ['l1', withL1s]] as const;
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    // Each round begins with the other one, so that neither always pays for what the other has left behind.
    for (const [name, fill] of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      const start = process.hrtime.bigint();
      synthesise(folder, fill, pem);
      if (round >= 0) {
        times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
      }
    }
  }
  return {
    title: `synthesis of ${HOSTS} hosts with a role each, in process`,
    unit: 'ms',
    subject: { label: 'HostFleet, HostIsolation.rolePerHost()', value: median(times.fleet) },
    peers: [{ label: 'the same template made of L1 constructs in the same tree', value: median(times.l1), goal: 1.15 }],
  };
}
