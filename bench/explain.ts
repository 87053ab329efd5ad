/** Bench: which of 1,000 roles a certificate gets, with the assembly loaded. */
import { Bench, Figure, median, reached } from './figures';
import { RolesAnywhereSimulator, TemplateInput } from '../src/simulator';
import { createRootCa, issueHost } from '../test/support/pki';

const ROLES = 1000;

/** The service's quota of roles for a profile. */
const ROLES_OF_PROFILE = 250;

const ROUNDS = 20;
const LIMIT = 50;

/** The bench. */
export const explain: Bench = {
  name: 'explain',
  run: async () => [await measure()],
};

async function measure(): Promise<Figure> {
  const root = await createRootCa('CN=Bench Root');
  const host = await issueHost(root, 'CN=host0500.example.com');
  const simulator = RolesAnywhereSimulator.fromTemplate(template(root.pem), { account: '111122223333', region: 'eu-west-2', stackName: 'Bench' });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const decisions = simulator.explain({ certificate: host.pem });
    times.push(performance.now() - start);
    const allowed = decisions.filter((decision) => decision.allowed).map(({ role }) => role?.name);
    if (decisions.length !== ROLES || allowed.join() !== 'host0500') {
      throw new Error(`of ${decisions.length} roles the certificate gets ${allowed.join() || 'none'}`);
    }
  }
  return {
    title: `explain, 1 certificate against ${ROLES} roles, assembly loaded`,
    unit: 'ms',
    subject: { label: 'the first time in a process', value: times[0], note: `goal <= ${LIMIT} ms: ${reached(times[0] <= LIMIT)}` },
    peers: [{ label: 'later', value: median(times.slice(1)), note: `median of ${ROUNDS - 1}` }],
  };
}

/** Hosts with a role each, as the constructs write them. */
function template(caPem: string): TemplateInput {
  const roleIds = Array.from({ length: ROLES }, (_, i) => `Host${String(i).padStart(4, '0')}`);
  const roles = roleIds.map((id) => [id, {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: id.toLowerCase(),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Principal: { Service: 'rolesanywhere.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          Condition: {
            ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['Anchor', 'TrustAnchorArn'] } },
            StringEquals: { 'aws:PrincipalTag/x509Subject/CN': `${id.toLowerCase()}.example.com` },
          },
        }],
      },
    },
  }]);
  const profiles = Array.from({ length: ROLES / ROLES_OF_PROFILE }, (_, i) => [`Profile${i}`, {
    Type: 'AWS::RolesAnywhere::Profile',
    Properties: {
      Name: `profile-${i}`,
      Enabled: true,
      RoleArns: roleIds.slice(i * ROLES_OF_PROFILE, (i + 1) * ROLES_OF_PROFILE).map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
    },
  }]);
  const anchor = {
    Type: 'AWS::RolesAnywhere::TrustAnchor',
    Properties: { Name: 'root', Enabled: true, Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: caPem } } },
  };
  return { Resources: { Anchor: anchor, ...Object.fromEntries([...roles, ...profiles]) } };
}
