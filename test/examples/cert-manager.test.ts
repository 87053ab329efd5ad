import { ChildProcess, spawn } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Template } from 'aws-cdk-lib/assertions';
import { CertManagerStack, CertManagerStackProps } from '../../examples/cert-manager/cert-manager-stack';
import { bundleProgram } from '../../scripts/bundle';
import { projectRoot } from '../../scripts/project';
import { FLAGS } from '../../signer/options/flags';
import { LocalEndpoint, RolesAnywhereSimulator, startLocalEndpoint } from '../../src/simulator';
import { CaFile, createCaFile, decide, expectSound } from '../support/examples';
import { issueCa, issueHost } from '../support/pki';
import { strictApp } from '../support/stack';

const FOLDER = join(__dirname, '..', '..', 'examples', 'cert-manager');
const manifest = (name: string) => readFileSync(join(FOLDER, 'manifests', name), 'utf8');
const context = () => JSON.parse(readFileSync(join(FOLDER, 'cdk.json'), 'utf8')).context;

let ca: CaFile;
let props: CertManagerStackProps;
beforeAll(async () => {
  ca = await createCaFile('cert-manager');
  props = { caCertificate: ca.path, trustDomain: context().trustDomain };
});
afterAll(() => ca.remove());

/** A certificate as cert-manager issues it: by a CA below the root, with that behind it. */
async function certificateFor(uri: string, commonName = 'orders'): Promise<string> {
  return (await secretFor(uri, commonName)).certificate;
}

/** The same with its key, as cert-manager puts them into a Secret. */
async function secretFor(uri: string, commonName: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const issuer = await issueCa(ca.root, 'CN=workloads');
  const { pem, keyPem } = await issueHost(issuer, `CN=${commonName}`, { subjectAltName: [{ type: 'url', value: uri }] });
  return { certificate: pem + issuer.pem, key: keyPem };
}

test('the workload of the manifests gets in, and the policy allows it this id', async () => {
  const [, uri] = /uris:\n\s+- (\S+)/.exec(manifest('certificate.yaml'))!;
  const [, commonName] = /commonName: (\S+)/.exec(manifest('certificate.yaml'))!;
  expect(manifest('issuer.yaml')).toContain(`values: ["${uri}"]`);
  expect(decide(new CertManagerStack(strictApp(), 'CertManager', props), { certificate: await certificateFor(uri, commonName) })).toBe('in');
});

test.each([
  'spiffe://cluster.example.com/ns/shop/sa/orders-canary',
  'spiffe://cluster.example.com/ns/other/sa/orders',
  'spiffe://other.example.com/ns/shop/sa/orders',
])('%s stays out', async (uri) => {
  expect(decide(new CertManagerStack(strictApp(), 'CertManager', props), { certificate: await certificateFor(uri) })).toBe('trust-policy-assume-role');
});

test('the side-car is started with flags that there are, and serves where the workload asks', () => {
  const deployment = manifest('deployment.yaml');
  const flags = [...deployment.matchAll(/^\s+- --(\S+)$/gm)].map(([, name]) => name);
  expect(flags).toContain('container-token-file');
  expect(flags.filter((name) => !(FLAGS as Record<string, { readonly commands: readonly string[] }>)[name]?.commands.includes('serve'))).toEqual([]);
  const [, tokenFile] = /- --container-token-file\n\s+- (\S+)/.exec(deployment)!;
  expect(deployment).toContain(`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, value: ${tokenFile}`);
});

describe('the side-car, as the manifest starts it', () => {
  const pod = mkdtempSync(join(tmpdir(), 'cert-manager-pod-'));
  let endpoint: LocalEndpoint;
  let sideCar: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const simulator = RolesAnywhereSimulator.fromTemplate(Template.fromStack(new CertManagerStack(strictApp(), 'CertManager', props)));
    endpoint = await startLocalEndpoint(simulator, { port: 0 });
    mountVolumes(await secretFor('spiffe://cluster.example.com/ns/shop/sa/orders', 'orders'), simulator);
    const signer = join(pod, 'roles-anywhere-signer.mjs');
    await bundleProgram(join(projectRoot, 'signer', 'entry-node.ts'), signer, { format: 'esm' });
    sideCar = spawn(process.execPath, [signer, ...argumentsOfSideCar(), '--port', '0'], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
    url = await listeningUrl(sideCar);
  });

  afterAll(async () => {
    sideCar.kill();
    await endpoint.close();
    rmSync(pod, { recursive: true, force: true });
  });

  /** What Kubernetes mounts, in a folder. */
  function mountVolumes({ certificate, key }: { readonly certificate: string; readonly key: string }, { model }: RolesAnywhereSimulator): void {
    ['etc/identity', 'etc/roles-anywhere', 'run/credentials'].forEach((path) => mkdirSync(join(pod, path), { recursive: true }));
    writeFileSync(join(pod, 'etc/identity/tls.crt'), certificate);
    writeFileSync(join(pod, 'etc/identity/tls.key'), key, { mode: 0o440 });
    const { trustAnchors: [anchor], profiles: [profile], roles: [role] } = model;
    writeFileSync(join(pod, 'etc/roles-anywhere/config.json'), JSON.stringify({
      trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn, sessionDuration: 900, endpoint: endpoint.url,
    }));
  }

  function argumentsOfSideCar(): string[] {
    const [, list] = /args:\n((?:\s+- \S+\n)+)/.exec(manifest('deployment.yaml'))!;
    return [...list.matchAll(/- (\S+)/g)].map(([, argument]) => (argument.startsWith('/') ? join(pod, argument) : argument));
  }

  function listeningUrl(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      let output = '';
      child.once('exit', (code) => reject(new Error(`the side-car ended with ${code}: ${output}`)));
      child.stderr!.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const [, found] = /listening on (http:\S+?)["\s]/.exec(output) ?? [];
        if (found) {
          resolve(found);
        }
      });
    });
  }

  const credentials = (token: string) => fetch(`${url}/credentials`, { headers: { authorization: token } });

  test('is healthy, and gives credentials to who can read the token file', async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const answer = await credentials(readFileSync(join(pod, 'run/credentials/token'), 'utf8'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ AccessKeyId: expect.any(String), SecretAccessKey: expect.any(String), Token: expect.any(String) });
  });

  test('gives nothing to others', async () => {
    expect((await credentials('a token that is none')).status).toBeGreaterThanOrEqual(400);
  });
});

test('passes strict template validation, cdk-nag and the checks of this library', () => {
  // Objects below one prefix.
  expectSound((app) => new CertManagerStack(app, 'CertManager', props), ['IAM5[Resource::<InvoicesF0222E8D.Arn>/invoices/*]']);
});
